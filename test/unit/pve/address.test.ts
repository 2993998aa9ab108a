import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/pve/address.ts';

describe('the address of a node', () => {
  it.each([
    ['pve1', 'https://pve1:8006'],
    [' PVE1.Example.com ', 'https://pve1.example.com:8006'],
    ['pve1:443', 'https://pve1:443'],
    ['192.0.2.7', 'https://192.0.2.7:8006'],
    ['192.0.2.7:8007', 'https://192.0.2.7:8007'],
    ['2001:db8::1', 'https://[2001:db8::1]:8006'],
    ['[2001:DB8::1]', 'https://[2001:db8::1]:8006'],
    ['[::1]:9000', 'https://[::1]:9000'],
    ['https://pve1', 'https://pve1:8006'],
    ['HTTPS://pve1/', 'https://pve1:8006'],
    ['https://pve1:443/', 'https://pve1:443'],
    ['https://pve1.example.com:8006/#v1:0:18:4:::::::', 'https://pve1.example.com:8006'],
    ['https://bücher.example', 'https://xn--bcher-kva.example:8006'],
  ])('%s is %s', (typed, origin) => {
    expect(parseAddress(typed)).toBe(origin);
    expect(parseAddress(origin)).toBe(origin);
  });

  it.each([
    '',
    ' ',
    'http://pve1',
    'ssh://pve1',
    'root@pve1',
    'https://root:geheim@pve1',
    'https://pve1/api2/json',
    'https://pve1?x',
    'pve1:0',
    'pve1:65536',
    'pve1:80x',
    'pve1:',
    'a b',
    'pve1,pve2',
    '[pve1]',
    '::g',
    '127.1',
    '0x7f000001',
    '300.1.1.1',
    'a..b',
    'pve1\\x',
    'https://',
    'pve%31',
    'pv\ne1',
  ])('%j is refused', (typed) => {
    expect(() => parseAddress(typed)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('a password typed into it is not repeated', () => {
    expect(() => parseAddress('https://root:geheim@pve1')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('geheim') }),
    );
  });
});

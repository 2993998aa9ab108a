import { describe, expect, it } from 'vitest';
import { parseProxy, proxyFor } from '../../../src/pve/proxy.ts';

const proxy = 'http://proxy.example.com:3128';

describe('a proxy', () => {
  it('is used for every host when nothing is excepted', () => {
    expect(proxyFor('https://pve1.example.com:8006', { proxy })).toBe(proxy);
    expect(proxyFor('https://[2001:db8::1]:8006', { proxy, noProxy: '' })).toBe(proxy);
  });

  it.each([undefined, '', ' '])('set as %j is none', (none) => {
    expect(proxyFor('https://pve1:8006', { proxy: none })).toBeUndefined();
  });

  it.each([
    'https://127.0.0.1:8006',
    'https://127.9.9.9:1',
    'https://[::1]:8006',
    'https://localhost:8006',
    'https://demo.localhost:1',
  ])('is never used for this computer: %s', (url) => {
    expect(proxyFor(url, { proxy })).toBeUndefined();
  });

  it.each([
    ['pve1.example.com', '*'],
    ['pve1.example.com', 'pve1.example.com'],
    ['pve1.example.com', 'example.com'],
    ['pve1.example.com', '.example.com'],
    ['pve1.example.com', '*.example.com'],
    ['PVE1.example.com', 'Example.COM'],
    ['pve1.example.com', 'other.example.com, example.com'],
    ['pve1.example.com', 'other example.com'],
    ['pve1.example.com', 'example.com:8006'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '10.1.2.3:8006'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]', '[2001:db8::1]:8006'],
    ['[2001:db8::1]', '2001:db8::/32'],
  ])('is passed by for %s with the exceptions %j', (host, noProxy) => {
    expect(proxyFor(`https://${host}:8006`, { proxy, noProxy })).toBeUndefined();
  });

  it.each([
    ['pve1.example.com', 'ple.com'],
    ['pve1.example.com', 'pve1.example.com.evil'],
    ['pve1.example.com', 'example.com:443'],
    ['pve1.example.com', '.'],
    ['pve1.example.com', '10.0.0.0/8'],
    ['10.1.2.3', '1.2.3'],
    ['10.1.2.3', '10.1.2.30'],
    ['10.1.2.3', '11.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/99'],
    ['10.1.2.3', '2001:db8::/32'],
    ['[2001:db8::1]', '2001:db8::2'],
  ])('is used for %s with the exceptions %j', (host, noProxy) => {
    expect(proxyFor(`https://${host}:8006`, { proxy, noProxy })).toBe(proxy);
  });
});

describe('the address of a proxy', () => {
  it.each([
    ['http://proxy:3128', { secure: false, hostname: 'proxy', port: 3128, label: 'proxy:3128' }],
    ['proxy:3128', { secure: false, hostname: 'proxy', port: 3128, label: 'proxy:3128' }],
    ['https://proxy', { secure: true, hostname: 'proxy', port: 443, label: 'proxy:443' }],
    ['http://[::1]', { secure: false, hostname: '::1', port: 80, label: '[::1]:80' }],
  ])('%s is read', (text, parts) => {
    expect(parseProxy(text)).toEqual(parts);
  });

  it.each([
    ['http://me:p%40ss%3A@proxy:3128', 'me:p@ss:'],
    ['http://me:100%@proxy:3128', 'me:100%'],
    ['http://me@proxy:3128', 'me:'],
  ])('%s holds a login, for the proxy alone', (text, login) => {
    expect(parseProxy(text).authorization).toBe(`Basic ${Buffer.from(login).toString('base64')}`);
  });

  it.each([
    'socks5://me:topsecret@proxy:1080',
    'http://me:topsecret@',
    'http://me:topsecret@proxy:99999',
    'http://me:topsecret@proxy/path',
  ])('%j cannot be used, and its password is not repeated', (text) => {
    expect(() => parseProxy(text)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => parseProxy(text)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('topsecret') }),
    );
  });
});

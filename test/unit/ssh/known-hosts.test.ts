import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { knownHosts, readKnownHosts } from '../../../src/ssh/known-hosts.ts';
import { temporaryFolder } from '../../support/folder.ts';

const keys = (text: string, address: string, port = 22): string[] =>
  knownHosts(text, address, port).map(({ marker, key }) => (marker === 'none' ? key : `${marker} ${key}`));

describe('lines of known_hosts', () => {
  test.each([
    ['plain', 'pve1 ssh-ed25519 KEY', 'pve1', 22, ['KEY']],
    ['with a comment and tabs', '\tpve1\tssh-ed25519  KEY some comment\r', 'pve1', 22, ['KEY']],
    ['upper case is the same host', 'PVE1.Example.com ssh-rsa KEY', 'pve1.EXAMPLE.com', 22, ['KEY']],
    ['several names', 'pve1,10.0.0.1 ssh-ed25519 KEY', '10.0.0.1', 22, ['KEY']],
    ['another host', 'pve2 ssh-ed25519 KEY', 'pve1', 22, []],
    ['no part of a name', 'pve ssh-ed25519 KEY', 'pve1', 22, []],
    ['another port', 'pve1 ssh-ed25519 KEY', 'pve1', 2222, []],
    ['a port', '[pve1]:2222 ssh-ed25519 KEY', 'pve1', 2222, ['KEY']],
    ['a port that is not the usual one', '[pve1]:2222 ssh-ed25519 KEY', 'pve1', 22, []],
    ['IPv6', 'fd00::1 ssh-ed25519 KEY', 'fd00::1', 22, ['KEY']],
    ['IPv6 with a port', '[fd00::1]:2222 ssh-ed25519 KEY', 'fd00::1', 2222, ['KEY']],
    ['a star', '*.example.com ssh-ed25519 KEY', 'a.b.example.com', 22, ['KEY']],
    ['a star is not nothing of the rest', '*.example.com ssh-ed25519 KEY', 'example.com', 22, []],
    ['a question mark', 'pve? ssh-ed25519 KEY', 'pve1', 22, ['KEY']],
    ['a question mark is one character', 'pve? ssh-ed25519 KEY', 'pve10', 22, []],
    ['a dot is a dot', 'a.c ssh-ed25519 KEY', 'abc', 22, []],
    ['negation', 'pve*,!pve2 ssh-ed25519 KEY', 'pve2', 22, []],
    ['negation first', '!pve2,pve* ssh-ed25519 KEY', 'pve2', 22, []],
    ['negation of others', 'pve*,!pve2 ssh-ed25519 KEY', 'pve1', 22, ['KEY']],
    ['negation alone allows nothing', '!pve2 ssh-ed25519 KEY', 'pve1', 22, []],
    ['stars with a port', '[*]:2222 ssh-ed25519 KEY', 'pve1', 2222, ['KEY']],
    ['a comment', '# pve1 ssh-ed25519 KEY', 'pve1', 22, []],
    ['a comment without a blank', '#pve1 ssh-ed25519 KEY', '#pve1', 22, []],
    ['too short', 'pve1 ssh-ed25519', 'pve1', 22, []],
    ['empty', '\n\n  \n', 'pve1', 22, []],
    ['revoked', '@revoked * ssh-ed25519 KEY', 'pve1', 22, ['revoked KEY']],
    ['an authority', '@cert-authority *.example.com ssh-ed25519 KEY', 'pve1.example.com', 22, ['cert-authority KEY']],
    ['an unknown marker says nothing', '@other pve1 ssh-ed25519 KEY', 'pve1', 22, []],
    ['a hash that is broken', '|1|AAAA ssh-ed25519 KEY', 'pve1', 22, []],
    ['a hash of another kind', '|2|AAAA|AAAA ssh-ed25519 KEY', 'pve1', 22, []],
  ])('%s', (_what, text, address, port, expected) => {
    expect(keys(text, address, port)).toEqual(expected);
  });

  test('hashed names, made anew with any salt', () => {
    const hashed = (name: string): string => {
      const salt = randomBytes(20);
      return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')} ssh-rsa KEY`;
    };
    expect(keys(hashed('pve1'), 'pve1')).toEqual(['KEY']);
    expect(keys(hashed('pve1'), 'PVE1')).toEqual(['KEY']);
    expect(keys(hashed('[pve1]:2222'), 'pve1', 2222)).toEqual(['KEY']);
    expect(keys(hashed('pve1'), 'pve2')).toEqual([]);
    expect(keys(hashed('pve1'), 'pve1', 2222)).toEqual([]);
  });

  test('any text is read without a fault, and a line says nothing of a host that it does not name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        knownHosts(text, 'pve1', 22);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9.-]{1,12}$/), fc.stringMatching(/^[a-z0-9.-]{1,12}$/), (one, two) => {
        expect(keys(`${one} ssh-ed25519 KEY`, two)).toEqual(one === two ? ['KEY'] : []);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the files', () => {
  test('those that are there count together; absent ones are empty', async () => {
    const home = await temporaryFolder();
    expect(keys(await readKnownHosts(home), 'pve1')).toEqual([]);
    await mkdir(join(home, '.ssh'));
    await writeFile(join(home, '.ssh', 'known_hosts'), 'pve1 ssh-ed25519 ONE');
    await writeFile(join(home, '.ssh', 'known_hosts2'), 'pve1 ssh-rsa TWO');
    expect(keys(await readKnownHosts(home), 'pve1')).toEqual(['ONE', 'TWO']);
  });

  test('one that cannot be read is an error, for it may hold what is revoked', async () => {
    const home = await temporaryFolder();
    await mkdir(join(home, '.ssh', 'known_hosts'), { recursive: true });
    chmodSync(join(home, '.ssh'), 0o700);
    await expect(readKnownHosts(home)).rejects.toMatchObject({ code: 'host_key' });
  });
});

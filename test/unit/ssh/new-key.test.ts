import ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { newKeyPair } from '../../../src/ssh/new-key.ts';

test('every pair can be read, also where the public key begins with a zero', () => {
  for (let count = 0; count < 1000; count += 1) {
    const pair = newKeyPair('me');
    const [key] = [ssh2.utils.parseKey(pair.private)].flat();
    if (key === undefined || key instanceof Error) expect.fail(`no key: ${key?.message}`);
    expect(key.getPublicSSH().toString('base64')).toBe(pair.public.split(' ')[1]);
  }
});

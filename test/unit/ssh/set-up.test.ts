import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { forgetHostKey, keySetUp } from '../../../src/ssh/set-up.ts';

const place = { file: '/home/me/.ssh/id_ed25519', user: 'root', address: '10.0.0.1', port: 22 };

test('each case names the commands for Linux, macOS and Windows', () => {
  for (const problem of ['no key', 'wrong key', 'not authorised'] as const) {
    const text = keySetUp(problem, place);
    expect(text).toContain('Linux and macOS: ');
    expect(text).toContain('Windows (PowerShell): ');
  }
  expect(keySetUp('no key', place)).toContain(
    'ssh-keygen -t ed25519 -f /home/me/.ssh/id_ed25519 && ssh-copy-id -i /home/me/.ssh/id_ed25519.pub -p 22 root@10.0.0.1',
  );
  expect(keySetUp('wrong key', place)).toContain('ssh-keygen -y -f /home/me/.ssh/id_ed25519');
  expect(keySetUp('not authorised', place)).toContain('authorized_keys');
});

test('a path with blanks and quotes is one word of the shell', () => {
  const file = "/home/o'brien/my keys/$(id)";
  const command = /Linux and macOS: chmod 600 (.*) && ssh-keygen/.exec(keySetUp('wrong key', { ...place, file }))?.[1];
  expect(execFileSync('sh', ['-c', `printf %s ${command}`], { encoding: 'utf8' })).toBe(file);
  expect(keySetUp('wrong key', { ...place, file: "C:\\Users\\O'Brien\\key" })).toContain(
    "icacls 'C:\\Users\\O''Brien\\key'",
  );
});

test('forgetting the key of a host on another port', () => {
  expect(forgetHostKey('10.0.0.1', 22)).toBe('ssh-keygen -R 10.0.0.1');
  expect(forgetHostKey('10.0.0.1', 2222)).toBe("ssh-keygen -R '[10.0.0.1]:2222'");
});

import { describe, expect, it } from 'vitest';
import { createTestWorld } from './world.ts';

const agent = '/nodes/pve2/qemu/101/agent';

function guest() {
  const { request, clock } = createTestWorld();
  const start = (words: readonly string[], input?: string) =>
    request('POST', `${agent}/exec`, { command: words, ...(input === undefined ? {} : { 'input-data': input }) });
  const status = (pid: number) => request('GET', `${agent}/exec-status`, { pid: String(pid) });
  /** Runs a script to its end; its output and exit code. */
  const sh = (script: string, ...args: string[]): string => {
    const { pid } = start(['sh', '-c', script, 'sh', ...args]).data as { pid: number };
    clock.advance(10);
    const data = status(pid).data as Record<string, unknown>;
    const text = `${data['out-data'] ?? ''}${data['err-data'] ?? ''}${data.exitcode}`;
    return Buffer.from(text, 'latin1').toString('utf8');
  };
  return { request, clock, start, status, sh };
}

describe('commands by the guest agent', () => {
  it('answer their result once, and nothing before the end', () => {
    const { start, status, clock } = guest();
    const { pid } = start(['sh', '-c', 'echo begun; sleep 5; echo over; exit 3']).data as { pid: number };
    expect(status(pid).data).toEqual({ exited: 0 });
    clock.advance(5000);
    expect(status(pid).data).toEqual({ exited: 1, exitcode: 3, 'out-data': 'begun\nover\n', 'out-truncated': 0 });
    expect(status(pid)).toMatchObject({ status: 500, reason: `Agent error: PID ${pid} does not exist` });
  });

  it('leave children when only the pid is killed, and none when the group is', () => {
    const { start, status, clock } = guest();
    const begin = () => (start(['setsid', 'sh', '-c', 'sleep 50 & sleep 50']).data as { pid: number }).pid;
    const one = begin();
    start(['kill', '-KILL', String(one)]);
    expect(status(one).data).toEqual({ exited: 0 });
    const other = begin();
    start(['kill', '-KILL', `-${other}`]);
    expect(status(other).data).toEqual({ exited: 1, signal: 9 });
    clock.advance(60_000);
    expect(status(one).data).toEqual({ exited: 1, signal: 9 });
  });

  it('carry bytes as Latin-1 characters, both ways', () => {
    const { start, status, clock } = guest();
    const { pid } = start(['cat'], 'a\xff\x80').data as { pid: number };
    clock.advance(1);
    expect(status(pid).data).toMatchObject({ 'out-data': 'a\xff\x80' });
    expect(start(['cat'], '€')).toMatchObject({ status: 500, reason: 'Wide character in subroutine entry' });
    expect(start(['no-such'])).toMatchObject({ status: 500, reason: expect.stringContaining('Failed to execute') });
  });
});

it('the shell of a demo guest knows what scripts use', () => {
  const { sh } = guest();
  const cases: readonly (readonly [script: string, told: string, ...args: string[]])[] = [
    ['echo "$1" \'$1\' "a  b" a\\ b; echo $1', '1  2 $1 a  b a b\n1 2\n0', '1  2'],
    ['set -- "a b" "" c; printf "%s|" "$@"', 'a b||c|0'],
    ['printf "%s|" "$@"', 'a b|c|0', 'a b', '', 'c'], // a form's empty values get lost
    ['printf "%s|" "$@" x', 'x|0'],
    ['eval "set -- $(printf %b "$1")"; printf "%s|" "$@"', "a|ü'|0", "'a' '\\0303\\0274'\"'\""],
    [`x=1; y="$x$x"; echo "\${y%1} \${y#1} \${z:-none}"`, '1 1 none\n0'],
    [`p=/a/b/c; echo "\${p%/*} \${p##*/}"`, '/a/b c\n0'],
    ['false && echo no || echo yes; true || echo no', 'yes\n0'],
    ['if [ -e /nowhere ]; then echo a; elif [ -d /etc ]; then echo b; else echo c; fi', 'b\n0'],
    ['for x in 1 2 3; do echo $x; done | wc -l', '3\n0'],
    ['! true; echo $?; ! false; echo $?', '1\n0\n0'],
    ['cd /etc && pwd; (cd /; pwd); pwd; { echo x; } > /tmp/f; cat < /tmp/f', '/etc\n/\n/etc\nx\n0'],
    ['echo a >> /tmp/g; echo b >> /tmp/g; cat /tmp/g; no-such 2>/dev/null; echo $?', 'a\nb\n127\n0'],
    ['echo "$(echo "x y")" # note', 'x y\n0'],
    ['exit 7; echo no', '7'],
    ['exec false; echo no', '1'],
    ['cat /nowhere', 'cat: /nowhere: No such file or directory\n1'],
    ['echo "unclosed', 'sh: 1: Unterminated quoted string\n2'],
    ['if true; echo x', 'sh: 1: Syntax error: "end of file" unexpected\n2'],
    ['readlink -f /var/run/x; [ -L /var/run ] && [ ! -L /run ] && echo link', '/run/x\nlink\n0'],
    [
      'umask 077; t=$(mktemp -d /srv/.x-XXXXXX); echo hi > "$t/f"; stat -c "%a %s" "$t/f"; rm -rf -- "$t"; ls -a /srv',
      '600 3\n0',
    ],
    [
      'echo a > /srv/a; ln -- /srv/a /srv/b && ln -- /srv/a /srv/b; mv -f -- /srv/a /srv/b; ls /srv',
      "b\nln: failed to create hard link '/srv/b': File exists\n0",
    ],
    ['printf x | sha256sum', '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  -\n0'],
    ['id -un; su -s /bin/sh -- www-data -c \'id -un; echo "$1"\' sh "a b"', 'root\nwww-data\na b\n0'],
  ];
  for (const [script, told, ...args] of cases) expect(sh(script, ...args), script).toBe(told);
});

describe('files by the guest agent', () => {
  it('are written and read as bytes, in parts too', () => {
    const { request } = guest();
    const file = '/srv/x';
    expect(
      request('POST', `${agent}/file-write`, {
        file,
        content: Buffer.from([0, 255, 10]).toString('base64'),
        encode: '0',
      }).data,
    ).toBeNull();
    expect(request('GET', `${agent}/file-read`, { file }).data).toEqual({ content: '\0\xff\n' });
    expect(request('GET', `${agent}/file-read`, { file, offset: '1', count: '1' }).data).toEqual({
      content: '\xff',
      truncated: 1,
    });
    expect(request('GET', `${agent}/file-read`, { file, decode: '0' }).data).toEqual({ content: 'AP8K' });
    expect(request('POST', `${agent}/file-write`, { file, content: 'x'.repeat(61_441) }).status).toBe(400);
    expect(request('GET', `${agent}/file-read`, { file: '/nowhere' })).toMatchObject({
      status: 500,
      reason: "Agent error: failed to open file '/nowhere' (mode: 'r'): No such file or directory",
    });
  });

  it('need the privileges of 9.2', () => {
    const { request } = createTestWorld({
      bobs: [{ path: '/vms/101', privileges: ['VM.GuestAgent.FileRead', 'VM.Audit'] }],
    });
    const bob = { user: 'bob@pve', token: 't' };
    expect(request('GET', `${agent}/file-read`, { file: '/etc/hostname' }, bob).status).toBe(200);
    expect(request('POST', `${agent}/file-write`, { file: '/x', content: 'x' }, bob).reason).toBe(
      'Permission check failed (/vms/101, VM.GuestAgent.FileWrite|VM.GuestAgent.Unrestricted)',
    );
    expect(request('POST', `${agent}/exec`, { command: 'true' }, bob).status).toBe(403);
  });
});

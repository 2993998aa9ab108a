// What the guard says of a command beside its risk, and what it holds whatever the command is.
import { describe, expect, test } from 'vitest';
import { judgeCommand } from '../../../../src/gate/command/judge-command.ts';
import { isDangerousWrite, isSecretPath } from '../../../../src/gate/command/secret-paths.ts';

const judge = (script: string, place: 'host' | 'container' | 'vm' | 'windows' = 'host') =>
  judgeCommand({ script }, place);

describe('G6: what touches secrets or goes out is sensitive, and still a read', () => {
  for (const script of [
    'cat /etc/shadow',
    'cat /etc//pve/./priv/authkey.key',
    'cat /etc/pve/nodes/../priv/token.cfg',
    'tail -n 5 ~/.ssh/id_ed25519',
    'grep -r x /root/.ssh',
    'cat /proc/1/environ',
    'cat /proc/self/root/etc/shadow',
    'cat < /etc/shadow',
    'wc -l /etc/shad*',
    'sudo head /etc/gshadow',
    'tar -cf - /etc/pve/priv',
    'grep --file=/etc/shadow x /etc/hosts',
    'ping -c 1 192.0.2.1',
    'curl -s https://example.com',
    'dig example.com',
    'ssh pve2 uptime',
  ])
    test(script, () => expect(judge(script)).toMatchObject({ risk: 'read', sensitive: true }));
  for (const script of ['cat /etc/hosts', 'ls /root', 'cat /root/.ssh/id_rsa.pub', "echo 'see /etc/shadow'"])
    test(script, () => expect(judge(script)).toMatchObject({ risk: 'read', sensitive: false }));
});

describe('G5: consoles are refused to agents by every way', () => {
  for (const script of [
    'pct enter 101',
    'sudo pct enter 101',
    'qm terminal 101',
    'bash -c "qm monitor 101"',
    'pvesh create /nodes/pve1/termproxy',
  ])
    test(script, () => expect(judge(script).refused).toEqual(expect.any(String)));
});

describe('G5: a program of Proxmox VE is judged as its request, whatever wraps it', () => {
  test.each([
    ['qm stop 101', 'operate'],
    ['sudo -n env LC_ALL=C qm stop 101', 'operate'],
    ['qm set 101 --memory 2048', 'configure'],
    ['timeout 5 qm destroy 101', 'destroy'],
    ['ssh pve2 qm destroy 101', 'destroy'],
    ['pvesh get /nodes | xargs -I% pvesh get /nodes/%/status', 'configure'],
  ])('%s: %s', (script, risk) => expect(judge(script).risk).toBe(risk));
  test('within a guest there are none', () => {
    expect(judge('qm config 101', 'container').risk).toBe('configure');
    expect(judge('pct exec 101 -- qm config 101').risk).toBe('configure');
  });
});

describe('G14: guests that a command names are told', () => {
  test.each<[string, readonly number[] | 'all']>([
    ['qm config 101', [101]],
    ['ls /root', []],
    ['qm stop 101; pct stop 102', [101, 102]],
    ['pct exec 103 -- uptime', [103]],
    ['zfs destroy rpool/data/vm-104-disk-0', [104]],
    ['rm -rf /var/lib/vz/images/105', [105]],
    ['rm /var/lib/vz/dump/vzdump-qemu-106-2026_01_01-00_00_00.vma.zst', [106]],
    ['cp /root/a /etc/pve/qemu-server/107.conf', [107]],
    ['zpool destroy tank', 'all'],
    ['lvremove -f pve/vm-108-disk-0; reboot', 'all'],
  ])('%s', (script, guests) => {
    const told = judge(script).guests;
    expect(told === 'all' || guests === 'all' ? told : [...told].sort()).toEqual(guests);
  });
});

test('what a command runs, writes and which services it touches is told; the parts are shown', () => {
  const verdict = judge('systemctl restart nginx && uptime > /root/out 2>&1 | tee /root/copy');
  expect(verdict).toMatchObject({
    risk: 'configure',
    programs: ['systemctl', 'uptime', 'tee'],
    services: ['nginx'],
    writes: ['/root/out', '/root/copy'],
  });
  expect(verdict.parts.map(({ text, risk }) => [text, risk])).toEqual([
    ['systemctl restart nginx', 'operate'],
    ['uptime > /root/out 2>&1', 'read'],
    ['> /root/out', 'configure'],
    ['tee /root/copy', 'configure'],
  ]);
});

test('the worst reason comes first', () => {
  expect(judge('ls; touch /root/x; reboot').reasons[0]).toBe('reboot takes the machine away.');
});

describe('words that are handed over as they are need no quotes', () => {
  test.each<[readonly string[], string]>([
    [['ls', '$(reboot)', ';', 'reboot'], 'read'],
    [['cat', '/etc/hosts'], 'read'],
    [['sh', '-c', 'reboot'], 'destroy'],
    [['env', 'rm', '-rf', '/srv'], 'destroy'],
    [['./ls'], 'configure'],
    [[], 'configure'],
    [[''], 'configure'],
  ])('%j: %s', (argv, risk) => expect(judgeCommand({ argv }, 'vm').risk).toBe(risk));
});

describe('G4: what is not known, not literal or not parsed is never a read', () => {
  for (const script of [
    '',
    '# nothing',
    'some-program --help',
    './ls',
    '/tmp/ls',
    '$x',
    'ls() { uptime; }; ls',
    'ls "',
    'ls\u200b',
    'ls\u00a0-l',
    'ls\r',
    'ls 4>(uptime)',
    "echo $(( $'$(uptime)' ))",
    'sort $x',
    'sort -o /root/x',
    'sort --outp=/root/x /etc/hosts',
    'date 010112002026',
    'PATH=/tmp ls',
    'export PATH=/tmp',
    'PAGER=x man ls',
    'source /root/env',
    `echo \${x@P}`,
    `echo \${!x}`,
    'x=$(cat /root/x); echo $((x))',
    'read x; echo $((x))',
    'echo $((PATH))',
    '[[ $x -eq 1 ]]',
    'uptime > /root/x',
    'alias ls=x',
    '[ $x ]',
    'docker $x',
    'systemctl $x',
    'ip link $x eth0 down',
    'dd if=/etc/hosts of=$x',
    'curl -o /root/x https://a.example -o /dev/null https://b.example',
    'curl gopher://127.0.0.1:6379/_FLUSHALL',
    'git -c core.pager=x log',
    'ip l s tap0 down',
    'wipefs -a -tntfs /dev/sdb',
    'gzip -Sct /root/x',
    'rsync -a -Mnope /srv/a /srv/b',
    'kubectl --as get delete pod x',
    'dmsetup ls --exec x',
    'chronyc -m tracking makestep',
    'xxd -ps /etc/hosts /root/x',
    'crontab -ul /root/x',
    'chroot /mnt ls',
  ])
    test(JSON.stringify(script), () => expect(judge(script).risk).not.toBe('read'));
});

describe('G4: what a variable holds counts only where it is surely set', () => {
  test.each([
    ['d=tank/a; zfs destroy -n $d', 'read'],
    ['for f in -l -m; do nproc $f; done', 'read'],
    ['o=-n; zfs destroy $o tank/a', 'read'],
    ['[ -e /x ] && o=-n; zfs destroy $o tank/a', 'destroy'],
    ['if true; then o=-n; fi; zfs destroy $o tank/a', 'destroy'],
    ['zfs destroy $o tank/a; o=-n', 'destroy'],
    ['(o=-n); zfs destroy $o tank/a', 'destroy'],
    ['o=-n | ls; zfs destroy $o tank/a', 'destroy'],
    ['o=-n & zfs destroy $o tank/a', 'destroy'],
    ['o=-n zfs destroy $o tank/a', 'destroy'],
    ['f() { o=-n; }; zfs destroy $o tank/a', 'destroy'],
    ["o=-n; bash -c 'zfs destroy $o tank/a'", 'destroy'],
    ['o=-n; unset o; zfs destroy $o tank/a', 'destroy'],
    ['for o in -n; do ls; done; zfs destroy $o tank/a', 'destroy'],
    ['$x rm -rf /srv; x=echo', 'destroy'],
  ])('%s: %s', (script, risk) => expect(judge(script).risk).toBe(risk));
});

describe('G6: a path that is not absolute is looked up where the text goes', () => {
  test('a write', () => expect(judge('cd /etc/pve && cp /root/x storage.cfg').risk).toBe('destroy'));
  test('a redirection', () => expect(judge('cd /root/.ssh; echo x >> authorized_keys').risk).toBe('destroy'));
  test('a secret', () => expect(judge('cd /etc && cat shadow')).toMatchObject({ risk: 'read', sensitive: true }));
});

test('who opens a watchdog restarts the machine; a disk that is read out is sensitive', () => {
  expect(judge('cat /dev/watchdog0').risk).toBe('destroy');
  expect(judge('head -c 1 < /dev/watchdog').risk).toBe('destroy');
  expect(judge('strings /dev/pve/vm-101-disk-0')).toMatchObject({ risk: 'read', sensitive: true, guests: [] });
});

test('G4: on a Windows guest nothing is a read', () => {
  for (const script of ['dir', 'ls', 'hostname', 'ipconfig /all', 'Get-Process'])
    expect(judge(script, 'windows').risk).not.toBe('read');
  expect(judgeCommand({ argv: ['whoami'] }, 'windows').risk).not.toBe('read');
  for (const script of ['del /s /q C:\\data', 'Remove-Item -Recurse C:\\data', 'shutdown /r', 'powershell -enc AAAA'])
    expect(judge(script, 'windows').risk).toBe('destroy');
});

test('G6: paths are normalised before they are looked up', () => {
  for (const path of [
    '/etc/shadow',
    '//etc/./shadow',
    '/etc/x/../shadow',
    '/etc/pve/priv',
    '~/.ssh/id_rsa',
    '/home/a/.ssh/x',
    '/proc/1/root/etc/shadow',
    '/srv/app/.env',
    '/etc/ssl/private/x.pem',
    '/root/.bash_history',
    '/etc/pve/local/pve-ssl.key',
  ])
    expect(isSecretPath(path), path).toBe(true);
  for (const path of [
    '/etc/hosts',
    '/etc/pve/storage.cfg',
    '/root/.ssh/id_rsa.pub',
    '/etc/pve/local/pve-ssl.pem',
    '/var/log/syslog',
    '',
  ])
    expect(isSecretPath(path), path).toBe(false);
});

test('what decides how the machine works is dangerous to write', () => {
  for (const path of [
    '/etc/pve/storage.cfg',
    '/etc/passwd',
    '/dev/sda',
    '/etc/network/interfaces',
    '/root/.ssh/authorized_keys',
    '/etc/cron.d/x',
    '/etc/../etc/fstab',
    '/boot/grub/grub.cfg',
    '/proc/sysrq-trigger',
    '/usr/bin/ls',
  ])
    expect(isDangerousWrite(path), path).toBe(true);
  for (const path of ['/dev/null', '/root/x', '/tmp/x', '/etc/motd', '/srv/www/index.html'])
    expect(isDangerousWrite(path), path).toBe(false);
});

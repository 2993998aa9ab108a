// `proxmox-mcp assess` as a process: JSON lines in, one verdict each out.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { serverPath } from '../support/mcp.ts';

async function assess(input: string | Buffer | readonly Buffer[]) {
  const child = spawn(process.execPath, [serverPath, 'assess'], { stdio: 'pipe', env: {} });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  const closed = once(child, 'close');
  for (const piece of [input].flat()) child.stdin.write(piece);
  child.stdin.end();
  const [code] = await closed;
  expect({ code, stderr: await stderr }).toEqual({ code: 0, stderr: '' });
  return (await stdout)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const lines = (...all: readonly unknown[]) => all.map((one) => `${JSON.stringify(one)}\n`).join('');
const failsClosed = { risk: 'destroy', sensitive: true, programs: [], writes: [] };

test('G4: each line gets the verdict of the gate, in order, without a cluster', async () => {
  const config = '/nodes/pve1/qemu/101/config';
  const verdicts = await assess(
    lines(
      { id: 'a', method: 'GET', path: '/cluster/resources' },
      { id: 'b', method: 'POST', path: '/nodes/pve1/qemu/101/status/start', params: { timeout: 60 } },
      { id: 'c', method: 'PUT', path: config, params: { cores: 2 } },
      { id: 'd', method: 'PUT', path: config, params: { delete: 'unused0' } },
      { id: 'e', method: 'PUT', path: config, params: { protection: false } },
      { id: 'f', method: 'GET', path: '/nodes/pve1/report', params: {} },
      { id: 7, method: 'DELETE', path: '/nodes/pve1/storage/local/content/local:iso/a.iso' },
      { id: null, method: 'POST', path: '/nodes/pve1/qemu', params: { vmid: 200, memory: '2048' } },
      { method: 'POST', path: '/some/path/of/tomorrow' },
    ),
  );
  expect(verdicts.map(({ id, risk, sensitive }) => [id, risk, sensitive])).toEqual([
    ['a', 'read', false],
    ['b', 'operate', false],
    ['c', 'configure', false],
    ['d', 'destroy', false],
    ['e', 'destroy', false],
    ['f', 'read', true],
    [7, 'destroy', false],
    [null, 'configure', false],
    [null, 'destroy', false],
  ]);
  expect(verdicts[3]).toEqual({
    ...{ id: 'd', risk: 'destroy', sensitive: false, programs: [], writes: [] },
    reasons: expect.arrayContaining(['delete: what is unused is destroyed with all that is on it.']),
  });
});

test('G5: what agents are refused is said to be, and sensitive', async () => {
  expect(await assess(lines({ id: 1, method: 'GET', path: '/nodes/pve1/vncwebsocket' }))).toMatchObject([
    { id: 1, sensitive: true, reasons: ['Agents may not use vncwebsocket, at any access level.', expect.any(String)] },
  ]);
});

test('G4, G5, G6: a command line is judged by its parts, with the programs that it runs and the files that it writes', async () => {
  const verdicts = await assess(
    lines(
      { id: 'a', target: 'host', command: "qm list | awk 'NR>1{print $1}'" },
      { id: 'b', target: 'host', command: 'qm stop 101 > /root/log' },
      { id: 'c', target: 'container', command: 'cat /etc/shadow' },
      { id: 'd', target: 'vm', command: 'sudo sh -c "rm -rf /srv"' },
      { id: 'e', target: 'host', command: 'pct enter 101' },
      { id: 'f', target: 'host', command: 'echo "' },
      { id: 'g', target: 'vm', command: '' },
    ),
  );
  expect(verdicts.map(({ id, risk, sensitive, programs, writes }) => [id, risk, sensitive, programs, writes])).toEqual([
    ['a', 'read', false, ['qm', 'awk'], []],
    ['b', 'configure', false, ['qm'], ['/root/log']],
    ['c', 'read', true, ['cat'], []],
    ['d', 'destroy', false, ['sudo', 'sh', 'rm'], []],
    ['e', 'configure', true, ['pct'], []],
    ['f', 'destroy', true, [], []],
    ['g', 'configure', false, [], []],
  ]);
  expect(verdicts[3].reasons).toEqual(['It removes files.']);
  expect(verdicts[4].reasons[0]).toBe('Agents may not open consoles, at any access level.');
});

const notUnderstood: readonly (readonly [string, string | Buffer, unknown])[] = [
  ['no JSON', '{"id":1\n', null],
  ['no object', '[1]\n', null],
  ['null', 'null\n', null],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a]), null],
  ['without a method', lines({ id: 1, path: '/version' }), 1],
  ['an unknown method', lines({ id: 1, method: 'PATCH', path: '/version' }), 1],
  ['a method in small letters', lines({ id: 1, method: 'get', path: '/version' }), 1],
  ['a method and a command', lines({ id: 1, method: 'GET', path: '/version', command: 'reboot' }), 1],
  ['a command without a target', lines({ id: 1, command: 'uptime' }), 1],
  ['a command that is no text', lines({ id: 1, target: 'host', command: 5 }), 1],
  ['an unknown target', lines({ id: 1, target: 'windows', command: 'uptime' }), 1],
  ['a command with more fields', lines({ id: 1, target: 'host', command: 'uptime', level: 'full' }), 1],
  ['an unknown field', lines({ id: 1, method: 'GET', path: '/version', level: 'full' }), 1],
  ['a query', lines({ id: 1, method: 'GET', path: '/nodes?x=1' }), 1],
  ['a fragment', lines({ id: 1, method: 'GET', path: '/nodes#x' }), 1],
  ['an encoding', lines({ id: 1, method: 'GET', path: '/nodes/%2e%2e' }), 1],
  ['an empty segment', lines({ id: 1, method: 'GET', path: '/nodes//report' }), 1],
  ['a way up', lines({ id: 1, method: 'GET', path: '/nodes/../access' }), 1],
  ['a slash at the end', lines({ id: 1, method: 'GET', path: '/nodes/' }), 1],
  ['no slash at the start', lines({ id: 1, method: 'GET', path: 'nodes' }), 1],
  ['the prefix of the API', lines({ id: 1, method: 'GET', path: '/api2/json/nodes/pve1/report' }), 1],
  ['a parameter that is an object', lines({ id: 1, method: 'GET', path: '/version', params: { a: {} } }), 1],
  ['a parameter that is null', lines({ id: 1, method: 'GET', path: '/version', params: { a: null } }), 1],
  ['a NUL in a parameter', lines({ id: 1, method: 'GET', path: '/version', params: { a: 'b\0' } }), 1],
  ['an odd name of a parameter', lines({ id: 1, method: 'GET', path: '/version', params: { 'a b': 1 } }), 1],
  ['a hidden parameter', '{"id":1,"method":"GET","path":"/version","params":{"__proto__":{"force":1}}}\n', 1],
  ['a path that is no text', lines({ id: 1, method: 'GET', path: ['nodes'] }), 1],
];

test('G4: a line that is not understood destroys, and the next one is judged as ever', async () => {
  const next = Buffer.from(lines({ id: 2, method: 'GET', path: '/version' }));
  const verdicts = await assess(notUnderstood.flatMap(([, line]) => [Buffer.from(line), next]));
  expect(verdicts).toHaveLength(2 * notUnderstood.length);
  for (const [index, [what, , id]] of notUnderstood.entries()) {
    const reasons = [expect.any(String), expect.any(String)];
    expect({ what, verdict: verdicts[2 * index] }).toEqual({ what, verdict: { id, ...failsClosed, reasons } });
    expect(verdicts[2 * index + 1]).toMatchObject({ id: 2, risk: 'read', sensitive: false });
  }
});

test('a line of many megabytes is not kept; pieces of lines are put together; empty lines are none', async () => {
  const huge = Buffer.from(`{"id":1,"method":"GET","path":"/${'x'.repeat(8 * 1024 * 1024)}"}\n`);
  const [start, end] = [Buffer.from('\n{"id":2,"method":"GE'), Buffer.from('T","path":"/version"}\r\n \n')];
  const last = Buffer.from('{"id":"ü","method":"GET","path":"/version"}');
  expect(await assess([huge, start, end, last.subarray(0, 8), last.subarray(8)])).toMatchObject([
    { id: null, ...failsClosed },
    { id: 2, risk: 'read' },
    { id: 'ü', risk: 'read' },
  ]);
});

test('no lines, no verdicts', async () => {
  expect(await assess('')).toEqual([]);
});

test('many lines are answered one by one, in order', async () => {
  const many = Array.from({ length: 20_000 }, (_, id) => ({ id, method: 'POST', path: '/nodes/pve1/qemu/101/config' }));
  const verdicts = await assess(lines(...many));
  expect(verdicts.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
  expect(new Set(verdicts.map(({ risk }) => risk))).toEqual(new Set(['configure']));
});

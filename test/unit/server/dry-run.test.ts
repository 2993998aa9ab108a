import { describe, expect, test } from 'vitest';
import { apidoc } from '../../../src/demo/apidoc.ts';
import { createGate } from '../../../src/gate/gate.ts';
import type { LocalFiles } from '../../../src/gate/local-files.ts';
import { createRedactor } from '../../../src/gate/redact.ts';
import type { GateProfile } from '../../../src/gate/types.ts';
import { parseApidoc } from '../../../src/pve/apidoc.ts';
import { classify } from '../../../src/pve/classify.ts';
import type { Send } from '../../../src/pve/request.ts';
import { isSchemaRequest, wireParams } from '../../../src/pve/request.ts';
import { localDoor } from '../../../src/server/door.ts';
import { callTool } from '../../../src/server/pipeline.ts';
import { furtherCalls } from '../../support/reached.ts';
import { actionsOf, knownIn } from '../../support/tool-arguments.ts';
import { worldServer } from '../../support/world-server.ts';

// Every tool that the server has, over the real gate and the demo cluster, with a person whom nobody may ask.

type Arguments = Record<string, unknown>;

const sensitive =
  /agent\/file-read|cloudinit\/dump|file-restore\/download|\/report$|config\/join$|query-url-metadata|query-oci-repo-tags|\/scan\/./;
const home: GateProfile = { id: 'c1', name: 'home', revision: 1, level: 'full', commands: { host: true } };

function dryServer() {
  const { demo, deps, tools } = worldServer();
  /** Everything that the gate did beside plain reads. */
  const acts: string[] = [];
  const forbidden = (what: string) => () => {
    acts.push(what);
    throw new Error(`A dry run: ${what}`);
  };
  const send: Send = async ({ method, path: segments, params }) => {
    if (isSchemaRequest({ method, path: segments })) return { data: parseApidoc(apidoc()) };
    const path = `/${segments.join('/')}`;
    if (method !== 'GET' || sensitive.test(path)) acts.push(`${method} ${path}`);
    const { status, reason, data, total } = demo.request(method, path, wireParams(params));
    if (status === 200) return { data, ...(total === undefined ? {} : { total }) };
    const request = { method, path: segments };
    throw classify({ status, statusText: reason, body: JSON.stringify({ data: null, message: reason }), request });
  };
  const files: LocalFiles = {
    read: async (path) => ({ path: `/files/${path}`, bytes: Buffer.from('x'), sha256: 'ab'.repeat(32) }),
    measure: async (path) => ({ path: `/files/${path}`, size: 9, sha256: 'ab'.repeat(32), mark: '1' }),
    open: forbidden('a file was opened'),
    place: async (path) => `/files/${path}`,
    write: forbidden('a file was written'),
  };
  const gate = createGate({
    standing: async () => ({ profiles: [home], freeze: { count: 0 } }),
    connect: async () => send,
    shell: forbidden('a shell was opened'),
    files,
    approver: { name: 'editor', ask: forbidden('a person was asked') },
    audit: { append: forbidden('a record was written'), change: forbidden('a change was recorded') },
    redactor: createRedactor(),
    clock: deps.clock,
    approve: 'operate',
  });
  const door = localDoor(gate, [home], async () => {});
  const call = async (name: string, args: Arguments) => {
    const signal = new AbortController().signal;
    const { content } = await callTool({ name, args, client: 'test', signal, progress: () => {} }, { ...deps, door });
    return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  };
  return { demo, tools, acts, call };
}

/** Where the tool's schema does not say which arguments go together. */
const more: Readonly<Record<string, readonly Arguments[]>> = {
  pve_exec_guest: [
    { guest: 101, command: 'systemctl stop nginx' },
    { guest: 102, argv: ['rm', '-r', '/srv'] },
  ],
  pve_exec_host: [{ node: 'pve1', command: 'systemctl stop pveproxy' }],
  pve_read_file: [
    { guest: 101, path: '/etc/shadow' },
    { guest: 102, path: '/etc/hosts' },
    { node: 'pve1', path: '/etc/hosts' },
  ],
  pve_download_file: [{ guest: 101, path: '/etc/hosts', to: 'hosts' }],
  pve_upload_file: [{ guest: 102, path: '/tmp/x', content: 'x' }],
  pve_api_write: [{ method: 'POST', path: '/nodes/pve1/qemu/101/status/stop' }],
  pve_find_api: [{ query: 'resize disk' }],
  pve_api_get: [{ path: '/nodes/pve1/report' }],
  pve_change_storage: [
    { kind: 'storage', action: 'update', id: 'local', set: { content: 'iso' } },
    {
      kind: 'storage_content',
      action: 'upload',
      storage: 'local',
      from: 'a.iso',
      node: 'pve1',
      set: { content: 'iso' },
    },
  ],
  pve_api_delete: [{ path: '/pools/production' }],
  pve_change_network: [{ kind: 'network', action: 'revert', node: 'pve1' }],
  pve_change_cluster: [{ kind: 'pool', action: 'create', id: 'fresh' }],
  pve_administer: [{ kind: 'network', action: 'apply', node: 'pve1' }],
  pve_delete: [{ kind: 'pool', id: 'production' }],
  pve_run_plan: [
    {
      title: 'Two',
      steps: [
        { tool: 'pve_list_guests', arguments: {} },
        { tool: 'pve_power_guest', arguments: { guest: 101, action: 'stop' } },
        { tool: 'pve_update_guest', arguments: { guest: 101, set: { memory: 4096 } } },
      ],
    },
  ],
};

describe('dry_run', () => {
  test('G3, G10: no tool sends a write or a sensitive read, opens a shell, asks or records; each that can change something tells a plan', async () => {
    const { demo, tools, acts, call } = dryServer();
    const further = furtherCalls(demo);
    const known = knownIn(demo);
    const before = JSON.stringify(demo.list('/cluster/tasks'));
    const without: string[] = [];
    const unread: string[] = [];
    for (const tool of tools) {
      const answers: string[] = [];
      for (const args of [...actionsOf(tool, known), ...(further[tool.name] ?? []), ...(more[tool.name] ?? [])]) {
        answers.push(await call(tool.name, { ...args, dry_run: true }));
        expect(acts, `${tool.name} ${JSON.stringify(args)}`).toEqual([]);
      }
      const isPlan = (text: string) => text.includes('nothing was sent, nobody was asked');
      if (tool.risk !== 'read' && !answers.some(isPlan))
        without.push(`${tool.name}: ${answers.join(' | ').slice(0, 1500)}`);
      if (tool.risk === 'read' && !answers.some((text) => isPlan(text) || text.includes('nothing would change')))
        unread.push(`${tool.name}: ${answers.join(' | ').slice(0, 600)}`);
    }
    expect(without).toEqual([]);
    expect(unread).toEqual([]);
    expect(JSON.stringify(demo.list('/cluster/tasks'))).toBe(before);
  }, 120_000);

  test('G3: the same calls without it would be seen', async () => {
    const { acts, call } = dryServer();
    await call('pve_power_guest', { guest: 101, action: 'shutdown' });
    await call('pve_delete_guest', { guest: 105 });
    expect(acts).not.toEqual([]);
  });

  test('tells the plan as a person would see it, and what would be decided', async () => {
    const { call } = dryServer();
    const text = await call('pve_update_guest', { guest: 101, set: { memory: 4096 }, dry_run: true });
    expect(text).toMatch(/A person would be asked\./);
    expect(text).toMatch(/Risk: configure\./);
    expect(text).toMatch(/Request: PUT|POST/);
    const denied = await call('pve_run_plan', { ...more.pve_run_plan?.[0], dry_run: true });
    expect(denied).toMatch(/Dry run of 2 steps/);
    expect(await call('pve_list_guests', { dry_run: true })).toMatch(/this only reads; nothing would change/);
  });

  test('is true or false and nothing else', async () => {
    const { call, acts } = dryServer();
    expect(await call('pve_power_guest', { guest: 101, action: 'stop', dry_run: 'yes' })).toMatch(/dry_run/);
    expect(acts).toEqual([]);
  });
});

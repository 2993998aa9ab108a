import { describe, expect, test } from 'vitest';
import { demoEnvironment, type Elicit } from '../support/mcp.ts';
import { serversOverDemo } from '../support/servers.ts';

const at = serversOverDemo();
const acts = [
  ['pve_change_storage', { kind: 'storage', action: 'create', id: 'x', set: { type: 'dir', path: '/srv/x' } }],
  ['pve_change_network', { kind: 'sdn_zone', action: 'create', id: 'zz', set: { type: 'simple' } }],
  ['pve_change_firewall', { kind: 'ipset', action: 'create', id: 'zz' }],
  ['pve_change_cluster', { kind: 'group', action: 'create', id: 'zz' }],
  ['pve_control_service', { node: 'pve1', service: 'cron', action: 'restart' }],
  ['pve_administer', { kind: 'role', action: 'create', id: 'zz', set: { privs: 'VM.Audit' } }],
  ['pve_delete', { kind: 'group', id: 'operators' }],
] as const;

const saysNo: Elicit = () => ({ action: 'accept', content: { answer: 'deny' } });

describe('settings that nobody allows', () => {
  test('each tool asks, and a no sends nothing and is told as the no of the user', async () => {
    const questions: string[] = [];
    const elicit: Elicit = (request, signal) => {
      questions.push(request.message);
      return saysNo(request, signal);
    };
    const env = { ...demoEnvironment(at.demo, at.dir, 'full'), PVE_TOOLSETS: 'all' };
    const server = await at.start({ env, elicit });
    for (const [tool, args] of acts) {
      questions.splice(0);
      const { text, isError } = await server.call(tool, args);
      expect([isError, questions.length], `${tool}: ${text}`).toEqual([true, 1]);
      expect(text, tool).toMatch(/^The user denied this/);
    }
    expect(await at.writes()).toEqual([]);
  });

  test('a client that cannot ask gets none of them done', async () => {
    const env = { ...demoEnvironment(at.demo, at.dir, 'full'), PVE_TOOLSETS: 'all' };
    const server = await at.start({ env });
    for (const [tool, args] of acts) {
      const { text, isError } = await server.call(tool, args);
      expect(isError, tool).toBe(true);
      expect(text, tool).toMatch(/^Denied: /);
    }
    expect(await at.writes()).toEqual([]);
  });

  test('a level lists the tools of its risk and denies the others', async () => {
    const expected = { 'read-only': 0, 'read-execute': 1, full: acts.length } as const;
    for (const level of ['read-only', 'read-execute', 'full'] as const) {
      const env = { ...demoEnvironment(at.demo, at.dir, level), PVE_TOOLSETS: 'all' };
      const server = await at.start({ env, elicit: saysNo });
      const { tools } = await server.client.listTools();
      const own = acts.filter(([name]) => tools.some((tool) => tool.name === name));
      expect(own.length, level).toBe(expected[level]);
    }
    expect(await at.writes()).toEqual([]);
  });
});

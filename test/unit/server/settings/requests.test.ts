import { describe, expect, test } from 'vitest';
import { actOf, type Kind, keysOf, partNames, requestOf, toolOf } from '../../../../src/server/settings/kind.ts';
import { kinds } from '../../../../src/server/settings/kinds.ts';
import { fakeServer } from '../fake-door.ts';
import { expected } from './expected-requests.ts';

/** A cluster that has one of everything: lists hold what is meant, with a digest and what an update has to keep. */
function answersFor(kind: Kind, major: number): Readonly<Record<string, unknown>> {
  // By its id alone a list tells one from another.
  const last = partNames(kind.id ?? '').at(-1) ?? '';
  const keeps = Object.values(kind.acts).flatMap((act) => act.keeps ?? []);
  const row = {
    ...Object.fromEntries(keeps.map((name) => [name, `kept-${name}`])),
    [keysOf(kind)[0] ?? '']: kind.keys?.includes('volid') === true ? 'storage:volume' : last,
    digest: 'd1',
  };
  const fixed: Readonly<Record<string, unknown>> = {
    '/version': { version: `${major}.0`, release: `${major}.0` },
    '/cluster/resources': [
      { id: 'qemu/101', type: 'qemu', vmid: 101, name: 'web-01', node: 'pve2', status: 'running' },
    ],
  };
  const one = (path: string) => kind.list === undefined || (kind.detailed === true && path.endsWith(`/${last}`));
  return new Proxy(fixed, { get: (_, path) => fixed[String(path)] ?? (one(String(path)) ? row : [row]) });
}

async function requestFor(kind: Kind, action: string): Promise<string> {
  const { major = kind.major ?? 9, id = kind.id ?? '' } = actOf(kind, action);
  const { proposals, call } = fakeServer({ answers: answersFor(kind, major) });
  const tool = toolOf(kind, action);
  const paths = `${requestOf(kind, action).path} ${kind.list ?? ''} ${kind.one ?? ''}`;
  const place = paths.includes('{node}') ? { node: 'pve1' } : paths.includes('{firewall}') ? { guest: 'web-01' } : {};
  const name = id.replace(/[{}]/g, '');
  const args =
    tool === 'pve_control_service'
      ? { service: name, action, node: 'pve1' }
      : {
          kind: kind.name,
          ...(name === '' ? {} : { id: name }),
          ...place,
          ...(action === 'delete' ? {} : { action }),
          set: { given: 'x' },
          ...(actOf(kind, action).carries === true ? { from: '/images/a.iso' } : {}),
        };
  const { text } = await call(tool, args);
  const [write] = proposals.flatMap(({ operations }) => operations.filter(({ method }) => method !== 'GET'));
  if (write === undefined) return `${tool} ${kind.name} ${action}: ${text}`;
  const params = Object.entries(write.params ?? {}).map(([key, value]) => `${key}=${String(value)}`);
  const ask = write.ask === undefined ? [] : [`ask:${write.ask.join('+')}`];
  const file = write.localFile === undefined ? [] : [`file:${write.localFile}`];
  const parts = [write.method, `/${write.segments.join('/')}`, ...params, ...ask, ...file];
  return [`${tool} ${kind.name} ${action}:`, ...parts].join(' ');
}

describe('each kind and action is one request', () => {
  test('with its digest where the method takes one, what PVE would forget, and no secret', async () => {
    const all = kinds.flatMap((kind) => Object.keys(kind.acts).map((action) => [kind, action] as const));
    const lines = [];
    for (const [kind, action] of all) lines.push(await requestFor(kind, action));
    expect(lines).toEqual(expected.trim().split('\n'));
  });
});

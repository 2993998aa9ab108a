import { expect, test } from 'vitest';
import { createRedactor } from '../../../src/gate/redact.ts';

const env = 'DB_LOGIN=canary-of-a-container';

// Proxmox VE 9.1 keeps the environment of a container in its config, and shows that in three ways.
test.each<[string, unknown]>([
  ['config', { env }],
  ['pending', [{ key: 'env', value: env, pending: `${env}2` }]],
  ['snapshot/before/config', { env }],
])('G15: the environment of a container is not told by its %s', (below, answer) => {
  const segments = `nodes/pve1/lxc/102/${below}`.split('/');
  expect(JSON.stringify(createRedactor().answer(segments, answer))).not.toContain('canary');
});

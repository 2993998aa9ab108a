import { expect, test } from 'vitest';
import { assess } from '../../../src/gate/assess.ts';
import { plainFacts } from '../../../src/gate/facts.ts';
import { toRequest } from '../../../src/gate/operation.ts';
import { riskTable } from '../../../src/gate/risk.ts';
import type { Risk } from '../../../src/gate/types.ts';
import { call, home } from '../../support/gate.ts';
import { ct, judged, type Row, vm } from '../../support/judged.ts';

const task = '/nodes/pve1/tasks/UPID:pve1:00001234:00ABCDEF:6A000000:qmstart:101:root@pam:';

const rows: readonly Row[] = [
  ['GET', '/cluster/resources', 'read'],
  ['GET', `${vm}/config`, 'read'],
  ['GET', '/nodes/pve1/report', 'read'],
  ['GET', '/some/path/of/tomorrow', 'read'],
  // What the table names, for both kinds of guest.
  ['POST', `${vm}/status/start`, 'operate'],
  ['POST', `${ct}/status/start`, 'operate'],
  ['POST', `${vm}/status/start`, 'operate', { timeout: 60 }],
  ['POST', `${ct}/status/start`, 'operate', { debug: true }],
  ['POST', `${vm}/status/shutdown`, 'operate'],
  ['POST', `${ct}/status/shutdown`, 'operate', { timeout: 30, forceStop: true }],
  ['POST', `${vm}/status/reboot`, 'operate', { timeout: 30 }],
  ['POST', `${vm}/status/stop`, 'operate'],
  ['POST', `${ct}/status/stop`, 'operate', { 'overrule-shutdown': true }],
  ['POST', `${vm}/status/reset`, 'operate'],
  ['POST', `${vm}/status/suspend`, 'operate'],
  ['POST', `${vm}/status/suspend`, 'operate', { todisk: true, statestorage: 'local' }],
  ['POST', `${vm}/status/resume`, 'operate'],
  ['DELETE', task, 'operate'],
  // Raised by parameters.
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: true }],
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: '1' }],
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: 'yes' }],
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: '' }],
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: '00' }],
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: ['0'] }],
  ['POST', `${vm}/status/stop`, 'destroy', { skiplock: ['0', '1'] }],
  ['POST', `${vm}/status/stop`, 'operate', { skiplock: false }],
  ['POST', `${vm}/status/stop`, 'operate', { skiplock: '0' }],
  ['POST', `${vm}/status/stop`, 'operate', { skiplock: 0 }],
  ['POST', `${vm}/status/start`, 'destroy', { force: 1 }],
  ['POST', `${vm}/status/start`, 'operate', { force: 0 }],
  ['DELETE', task, 'destroy', { purge: 1 }],
  // Raised by parameters that no rule covers, in whatever spelling.
  ['POST', `${vm}/status/start`, 'destroy', { migratedfrom: 'pve2' }],
  ['POST', `${vm}/status/start`, 'destroy', { stateuri: 'tcp' }],
  ['POST', `${vm}/status/start`, 'destroy', { Timeout: 60 }],
  ['POST', `${vm}/status/start`, 'destroy', { machine: 'pc' }],
  ['POST', `${vm}/status/shutdown`, 'destroy', { keepActive: 1 }],
  ['POST', `${vm}/status/resume`, 'destroy', { nocheck: 1 }],
  ['POST', `${vm}/status/reset`, 'destroy', { timeout: 1 }],
  ['POST', `${vm}/status/stop`, 'destroy', { vmid: '102' }],
  ['POST', `${vm}/status/stop`, 'destroy', { node: 'pve3' }],
  ['POST', `${vm}/status/stop`, 'destroy', { unheard: 0 }],
  // What no rule names.
  ['POST', '/some/path/of/tomorrow', 'destroy'],
  // Next to what the table names.
  ['PUT', `${vm}/status/start`, 'destroy'],
  ['DELETE', `${vm}/status/start`, 'destroy'],
  ['POST', `${vm}/status/START`, 'destroy'],
  ['POST', `${vm}/status/start/now`, 'destroy'],
  ['POST', `${vm}/status`, 'destroy'],
  ['POST', '/nodes/pve1/docker/101/status/start', 'destroy'],
  ['POST', '/node/pve1/qemu/101/status/start', 'destroy'],
  ['DELETE', '/nodes/pve1/tasks', 'destroy'],
  ['DELETE', `${task}/log`, 'destroy'],
];

test.each(rows)('G4: %s %s is %s (%j)', (method, path, risk, params) => {
  const { risk: found, reasons } = judged(method, path, params);
  expect(found).toBe(risk);
  expect(reasons).not.toEqual([]);
});

test('G4: an operation that was raised says which parameter raised it', () => {
  expect(judged('POST', `${vm}/status/stop`, { skiplock: 1, odd: 2 }).reasons).toEqual([
    'skiplock overrides a safety of Proxmox VE.',
    'No rule covers the parameter odd, so it counts as destroying.',
  ]);
});

test('G4: no write is a read but these, and no two lines name the same request', () => {
  const names = (risk?: Risk) =>
    riskTable.filter((rule) => risk === undefined || rule.risk === risk).map(({ method, path }) => `${method} ${path}`);
  expect(names('read')).toEqual([
    'POST /nodes/{node}/qemu/{vmid}/agent/ping',
    'POST /nodes/{node}/qemu/{vmid}/agent/fsfreeze-status',
    'POST /access/vncticket',
  ]);
  expect(new Set(names()).size).toBe(riskTable.length);
});

test('G14: a write that changes what a rule goes by says so, and destroys', () => {
  const operation = toRequest(call('POST', '/nodes/pve2/qemu/101/status/start', { tags: 'lab' }), home);
  const { risk, reasons } = assess(operation, plainFacts(operation), [{ verdict: 'read-only', tag: 'prod' }]);
  expect({ risk, reasons }).toMatchObject({
    risk: 'destroy',
    reasons: expect.arrayContaining(['It can change tags, and a policy goes by tags.']),
  });
});

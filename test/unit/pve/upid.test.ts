import { expect, it } from 'vitest';
import { isUpid, parseUpid } from '../../../src/pve/upid.ts';

it('a task id tells node, type, id, user and start', () => {
  expect(parseUpid('UPID:pve1:000014FE:00057065:6B003645:vzdump:201:root@pam!mcp:')).toEqual({
    upid: 'UPID:pve1:000014FE:00057065:6B003645:vzdump:201:root@pam!mcp:',
    node: 'pve1',
    type: 'vzdump',
    id: '201',
    user: 'root@pam!mcp',
    startTime: 0x6b003645,
  });
});

it('a task need not work on one thing, and a long-running node needs nine digits', () => {
  expect(parseUpid('UPID:pve-2:00001785:10005981F:6B0036AB:startall::root@pam:')).toMatchObject({
    node: 'pve-2',
    id: '',
  });
});

it.each([
  '',
  'UPID:garbage',
  'UPID:pve1:000014FE:00057065:6B003645:vzdump:201:root@pam',
  'UPID:../x:000014FE:00057065:6B003645:vzdump:201:root@pam:',
  'UPID:pve1:000014FE:00057065:6B003645:vzdump:201:root@pam:\n',
  'UPID:pve1:14FE:00057065:6B003645:vzdump:201:root@pam:',
  42,
  null,
])('%j is no task id', (value) => {
  expect(isUpid(value)).toBe(false);
  expect(parseUpid(String(value))).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import { createTestWorld } from './world.ts';

const web01 = '/nodes/pve2/qemu/101';
const web02 = '/nodes/pve1/lxc/102';
const build01 = '/nodes/pve1/qemu/105';

describe('power', () => {
  it('takes its time: running, then OK, then the guest has changed', () => {
    const { begin, exit, get, clock } = createTestWorld();
    const upid = begin('POST', `${web01}/status/shutdown`);
    expect(upid).toMatch(/^UPID:pve2:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmshutdown:101:demo@pve!vscode:$/);
    clock.advance(3900);
    expect(exit(upid)).toBe('running');
    expect(get(`${web01}/status/current`).status).toBe('running');
    clock.advance(300);
    expect(exit(upid)).toBe('OK');
    expect(get(`${web01}/status/current`)).toMatchObject({ status: 'stopped', qmpstatus: 'stopped', uptime: 0 });
  });

  it('reaches /cluster/resources only with pvestatd’s next round', () => {
    const { begin, list, clock, world } = createTestWorld();
    const state = () => list('/cluster/resources', { type: 'vm' }).find(({ vmid }) => vmid === 105)?.status;
    begin('POST', `${build01}/status/start`);
    clock.advance(2000);
    expect(world.cluster.guests.get(105)?.running).toBe(true);
    expect(state()).toBe('stopped');
  });

  it.each([
    ['start of a running VM', `${web01}/status/start`, 'VM 101 already running'],
    ['start of a locked VM', '/nodes/pve2/qemu/109/status/start', 'VM is locked (backup)'],
    ['start of a template', '/nodes/pve1/qemu/100/status/start', "you can't start a vm if it's a template"],
    ['shutdown of a locked VM', '/nodes/pve2/qemu/109/status/shutdown', 'VM is locked (backup)'],
  ])('answers %s with a task that fails', (_, path, reason) => {
    const { begin, exit, clock, list } = createTestWorld();
    const upid = begin('POST', path);
    clock.advance(200);
    expect(exit(upid)).toBe(reason);
    const log = list(`/nodes/${upid.split(':')[1]}/tasks/${upid}/log`);
    expect(log.at(-1)).toEqual({ n: log.length, t: `TASK ERROR: ${reason}` });
  });

  it.each([
    ['start of a running container', `${web02}/status/start`, 'CT 102 already running'],
    ['reboot of a stopped VM', `${build01}/status/reboot`, 'VM 105 not running'],
    ['suspend of a stopped VM', `${build01}/status/suspend`, 'VM 105 not running'],
    ['reset of a stopped VM', `${build01}/status/reset`, 'VM 105 not running'],
  ])('refuses %s at once', (_, path, reason) => {
    expect(createTestWorld().request('POST', path)).toMatchObject({ status: 500, reason });
  });

  it('stops a stopped VM without complaint, a stopped container not', () => {
    const { begin, exit, request, clock } = createTestWorld();
    const upid = begin('POST', `${build01}/status/stop`);
    begin('POST', `${web02}/status/stop`);
    clock.advance(1000);
    expect(exit(upid)).toBe('OK');
    expect(request('POST', `${web02}/status/stop`)).toMatchObject({ status: 500, reason: 'CT 102 not running' });
  });

  it('pauses and resumes a VM, which stays "running"', () => {
    const { begin, get, request, clock } = createTestWorld();
    begin('POST', `${web01}/status/suspend`);
    clock.advance(500);
    expect(get(`${web01}/status/current`)).toMatchObject({ status: 'running', qmpstatus: 'paused' });
    expect(request('POST', `${web01}/status/shutdown`).reason).toBe('VM is paused - cannot shutdown');
    begin('POST', `${web01}/status/resume`);
    clock.advance(500);
    expect(get(`${web01}/status/current`).qmpstatus).toBe('running');
  });

  it('starts the uptime anew with a reboot', () => {
    const { begin, get, clock } = createTestWorld();
    begin('POST', `${web02}/status/reboot`);
    clock.advance(6000);
    expect(get(`${web02}/status/current`)).toMatchObject({ status: 'running', uptime: 0 });
  });

  it('fails a shutdown whose time-out is shorter than the guest needs, unless it may pull the plug', () => {
    const { begin, exit, get, clock } = createTestWorld();
    const gentle = begin('POST', `${web01}/status/shutdown`, { timeout: '3' });
    clock.advance(3500);
    expect(exit(gentle)).toBe('VM quit/powerdown failed - got timeout');
    expect(get(`${web01}/status/current`).status).toBe('running');
    const forced = begin('POST', `${web01}/status/shutdown`, { timeout: '3', forceStop: '1' });
    clock.advance(3500);
    expect(exit(forced)).toBe('OK');
    expect(get(`${web01}/status/current`).status).toBe('stopped');
  });
});

describe('the lock of a guest', () => {
  it('makes a stop wait for the shutdown before it', () => {
    const { begin, exit, clock } = createTestWorld();
    const shutdown = begin('POST', `${web01}/status/shutdown`);
    const stop = begin('POST', `${web01}/status/stop`);
    clock.advance(4200);
    expect([exit(shutdown), exit(stop)]).toEqual(['OK', 'running']);
    clock.advance(800);
    expect(exit(stop)).toBe('OK');
  });

  it('lets a stop go first that overrules the shutdown', () => {
    const { begin, exit, get, clock } = createTestWorld();
    const shutdown = begin('POST', `${web01}/status/shutdown`);
    clock.advance(1000);
    const stop = begin('POST', `${web01}/status/stop`, { 'overrule-shutdown': '1' });
    clock.advance(1000);
    expect([exit(shutdown), exit(stop)]).toEqual(['received interrupt', 'OK']);
    expect(get(`${web01}/status/current`).status).toBe('stopped');
  });

  it('is waited for no longer than 10 seconds', () => {
    const { begin, exit, clock } = createTestWorld();
    for (let count = 0; count < 3; count += 1) begin('POST', `${web01}/status/reboot`);
    const last = begin('POST', `${web01}/status/reboot`);
    clock.advance(10_200);
    expect(exit(last)).toBe("can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout");
  });

  it('is given on when a waiting task is ended', () => {
    const { begin, request, exit, clock } = createTestWorld();
    begin('POST', `${web01}/status/shutdown`);
    const waiting = begin('POST', `${web01}/status/reboot`);
    const next = begin('POST', `${web01}/status/start`);
    clock.advance(1000);
    request('DELETE', `/nodes/pve2/tasks/${waiting}`);
    clock.advance(5000);
    expect([exit(waiting), exit(next)]).toEqual(['received interrupt', 'OK']);
  });
});

describe('an HA-managed guest', () => {
  const db01 = '/nodes/pve3/qemu/103';

  it('stops long after its task, which is only the request', () => {
    const { begin, exit, get, list, clock } = createTestWorld();
    const upid = begin('POST', `${db01}/status/stop`);
    clock.advance(1000);
    expect(upid).toContain(':hastop:103:');
    expect(exit(upid)).toBe('OK');
    expect(get(`${db01}/status/current`)).toMatchObject({
      status: 'running',
      ha: { managed: 1, state: 'request_stop' },
    });
    clock.advance(7500);
    expect(get(`${db01}/status/current`).status).toBe('running');
    clock.advance(1500);
    expect(get(`${db01}/status/current`)).toMatchObject({ status: 'stopped', ha: { managed: 1, state: 'stopped' } });
    expect(list('/nodes/pve3/tasks', { vmid: '103', typefilter: 'qmshutdown' })[0]).toMatchObject({ user: 'root@pam' });
    const service = list('/cluster/ha/status/current').find(({ sid }) => sid === 'vm:103');
    expect(service).toMatchObject({ state: 'stopped', request_state: 'stopped', status: 'vm:103 (pve3, stopped)' });
  });

  it('starts and moves by request too', () => {
    const { begin, get, clock } = createTestWorld();
    begin('POST', `${db01}/status/shutdown`);
    clock.advance(12_000);
    expect(begin('POST', `${db01}/status/start`)).toContain(':hastart:103:');
    clock.advance(6000);
    expect(get(`${db01}/status/current`)).toMatchObject({ status: 'running', ha: { state: 'started' } });
    expect(begin('POST', `${db01}/migrate`, { target: 'pve1', online: '1' })).toContain(':hamigrate:103:');
    clock.advance(2000);
    expect(get(`${db01}/status/current`)).toMatchObject({ ha: { state: 'migrate' } });
    clock.advance(9000);
    expect(get('/nodes/pve1/qemu/103/status/current')).toMatchObject({ status: 'running', ha: { state: 'started' } });
  });

  it('is not destroyed without purge', () => {
    const { begin, request, clock } = createTestWorld();
    begin('POST', `${db01}/status/stop`);
    clock.advance(12_000);
    expect(request('DELETE', db01)).toMatchObject({
      status: 500,
      reason: 'unable to remove VM 103 - used in HA resources and purge parameter not set.',
    });
    expect(request('DELETE', db01, { purge: '1' }).status).toBe(200);
  });
});

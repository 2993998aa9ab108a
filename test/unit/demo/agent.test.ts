import { describe, expect, it } from 'vitest';
import { createTestWorld } from './world.ts';

describe('guest agent', () => {
  const { request, get, world } = createTestWorld();

  it('answers, wrapped in `result`', () => {
    expect(get('/nodes/pve2/qemu/101/agent/get-osinfo')).toMatchObject({ result: { id: 'debian' } });
    expect(request('POST', '/nodes/pve2/qemu/101/agent/ping').data).toEqual({ result: {} });
    expect(get('/nodes/pve2/qemu/101/agent/network-get-interfaces')).toMatchObject({
      result: [{ name: 'lo' }, { name: 'eth0', 'ip-addresses': [{ 'ip-address': '10.30.0.102' }] }],
    });
  });

  it.each([
    ['off', '/nodes/pve2/qemu/109', 'No QEMU guest agent configured'],
    ['not running', '/nodes/pve3/qemu/108', 'QEMU guest agent is not running'],
    ['that of a stopped VM', '/nodes/pve1/qemu/105', 'VM 105 is not running'],
  ])('%s is told apart', (_, guest, reason) => {
    expect(request('POST', `${guest}/agent/ping`)).toMatchObject({ status: 500, reason });
    expect(world.cluster.guests.size).toBe(24);
  });
});

describe('containers', () => {
  it('show their addresses while they run', () => {
    const { list, request } = createTestWorld();
    expect(list('/nodes/pve1/lxc/102/interfaces').map(({ name }) => name)).toEqual(['lo', 'eth0']);
    request('POST', '/nodes/pve1/lxc/102/status/stop');
    expect(list('/nodes/pve1/lxc/102/interfaces')).not.toEqual([]);
  });
});

describe('series', () => {
  const { list, request, get } = createTestWorld();
  const series = (path: string, timeframe: string) => list(`${path}/rrddata`, { timeframe });

  it.each([
    ['hour', 60, 60],
    ['day', 1440, 60],
    ['week', 335, 1800],
    ['month', 1439, 1800],
    ['year', 1439, 21_600],
  ])('of a %s have %i points of %i s', (timeframe, points, step) => {
    const data = series('/nodes/pve2/qemu/101', timeframe);
    expect(data).toHaveLength(points);
    const times = data.map(({ time }) => Number(time));
    expect(new Set(times.slice(1).map((time, index) => time - Number(times[index])))).toEqual(new Set([step]));
  });

  it('are the same when they are asked for again, and incomplete at the end', () => {
    const data = series('/nodes/pve1', 'hour');
    expect(series('/nodes/pve1', 'hour')).toEqual(data);
    expect(Object.keys(data.at(-1) ?? {})).toEqual(['time']);
    expect(data.at(-2)).toMatchObject({ cpu: expect.any(Number), memused: expect.any(Number) });
    expect(series('/nodes/pve1/storage/local', 'day').at(-2)).toMatchObject({ used: expect.any(Number) });
  });

  it('have sizes only while the guest did not run', () => {
    expect(Object.keys(series('/nodes/pve1/qemu/105', 'hour')[0] ?? {}).sort()).toEqual(
      ['disk', 'maxcpu', 'maxdisk', 'maxmem', 'time'].sort(),
    );
  });

  it('know six time frames', () => {
    expect(request('GET', '/nodes/pve1/rrddata', { timeframe: 'century' }).errors).toEqual({
      timeframe: "value 'century' does not have a value in the enumeration 'hour, day, week, month, year, decade'",
    });
    expect(get('/nodes/pve1/status')).toHaveProperty('cpu');
  });
});

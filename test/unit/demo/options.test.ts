import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../src/demo/options.ts';

describe('parseOptions', () => {
  it('has the documented defaults', () => {
    expect(parseOptions([])).toEqual({
      help: false,
      port: 0,
      nodes: 3,
      guests: 24,
      seed: 1,
      speed: 1,
      endpoints: 1,
      ticketSeconds: 7200,
      control: false,
      withParent: false,
      requests: undefined,
    });
  });

  it('reads every option', () => {
    const args =
      '--port 8006 --nodes 30 --guests 10000 --seed 7 --speed 0.5 --with-parent --requests /tmp/writes --endpoints 2 --ticket-seconds 5 --control';
    expect(parseOptions(args.split(' '))).toEqual({
      help: false,
      port: 8006,
      nodes: 30,
      guests: 10_000,
      seed: 7,
      speed: 0.5,
      endpoints: 2,
      ticketSeconds: 5,
      control: true,
      withParent: true,
      requests: '/tmp/writes',
    });
  });

  it.each([
    [['--nodes', '0'], "--nodes must be a number from 1 to 100, not '0'"],
    [['--guests', '12x'], "--guests must be a number from 0 to 20000, not '12x'"],
    [['--speed', ''], '--speed must be a number'],
    [['--endpoints', '4'], "--endpoints must be a number from 1 to 3, not '4'"],
    [['--port', '70000'], '--port must be a number'],
    [['--verbose'], "Unknown option '--verbose'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--port'], 'argument missing'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});

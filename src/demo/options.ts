import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly help: boolean;
  /** 0 = any free port. */
  readonly port: number;
  readonly nodes: number;
  readonly guests: number;
  readonly seed: number;
  /** End when stdin closes. */
  readonly withParent: boolean;
  readonly speed: number;
  /** How many nodes listen on a port of their own. */
  readonly endpoints: number;
  /** How long a login ticket lasts, seconds. */
  readonly ticketSeconds: number;
  /** Take orders on stdin, one JSON object a line. */
  readonly control: boolean;
  /** Where to append every write that arrives, as JSON lines. */
  readonly requests: string | undefined;
}

export const usage = `Usage: node dist/demo.js [options]

Serves a made-up Proxmox VE cluster on https://127.0.0.1 and prints one line of JSON when it is ready.

  --port N         port to listen on; 0 takes a free one (default 0)
  --nodes N        nodes, 1 to 100 (default 3)
  --guests N       guests, 0 to 20000 (default 24)
  --seed N         the same seed makes the same cluster (default 1)
  --speed N        how many times faster than real time tasks run, 0.1 to 1000 (default 1)
  --requests FILE  append each write that arrives to FILE, one JSON object a line
  --endpoints N    how many nodes listen, each on a port of its own (default 1)
  --ticket-seconds N  how long a login ticket lasts (default 7200)
  --control        take orders on stdin, such as {"node":"pve2","offline":true}
  --with-parent    end when stdin closes
  --help           show this text
`;

/**
 * Reads the command line.
 * @throws Error whose message says which argument is wrong
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
      nodes: { type: 'string', default: '3' },
      guests: { type: 'string', default: '24' },
      seed: { type: 'string', default: '1' },
      speed: { type: 'string', default: '1' },
      requests: { type: 'string' },
      endpoints: { type: 'string', default: '1' },
      'ticket-seconds': { type: 'string', default: '7200' },
      control: { type: 'boolean', default: false },
      'with-parent': { type: 'boolean', default: false },
    },
  });
  const nodes = wholeNumber('--nodes', values.nodes, 1, 100);
  return {
    help: values.help,
    port: wholeNumber('--port', values.port, 0, 65_535),
    nodes,
    guests: wholeNumber('--guests', values.guests, 0, 20_000),
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 32 - 1),
    speed: inRange('--speed', values.speed, Number(values.speed), 0.1, 1000),
    endpoints: wholeNumber('--endpoints', values.endpoints, 1, nodes),
    ticketSeconds: wholeNumber('--ticket-seconds', values['ticket-seconds'], 1, 7200),
    control: values.control,
    withParent: values['with-parent'],
    requests: values.requests,
  };
}

function wholeNumber(name: string, text: string, low: number, high: number): number {
  return inRange(name, text, /^\d+$/.test(text) ? Number(text) : Number.NaN, low, high);
}

function inRange(name: string, text: string, value: number, low: number, high: number): number {
  if (value >= low && value <= high) return value;
  throw new Error(`${name} must be a number from ${low} to ${high}, not '${text}'`);
}

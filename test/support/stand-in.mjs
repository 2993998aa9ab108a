// Stands in for `pct`, `qm` and `pvesh` on the PATH of a test's sshd (see stand-ins.ts, which says what is to be done).
// What runs in a container is a plain process of this machine, so a test keeps the container's files in a folder of its own.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';

const [door = '', program, ...argv] = process.argv.slice(2);
const body = JSON.stringify({ program, argv, environment: Object.keys(process.env).sort() });
/** @typedef {{attach: string[]} | {copy: [string, string], exitOnFailure: number} | {exit: number, stdout?: string, stderr?: string}} Order */
const order = /** @type {Order} */ (await (await fetch(door, { method: 'POST', body })).json());

if ('attach' in order) attach(order.attach);
else if ('copy' in order) copy(order.copy, order.exitOnFailure);
else {
  process.stdout.write(order.stdout ?? '');
  process.stderr.write(order.stderr ?? '');
  process.exitCode = order.exit;
}

/** As lxc-attach does: the host's environment goes in, and what runs inside outlives the end of `pct`. @param {readonly string[]} words */
function attach([name = '', ...args]) {
  const inside = spawn(name, args, { stdio: 'inherit', detached: true });
  inside.on('error', () => {
    process.stderr.write(`lxc-attach: No such file or directory - Failed to exec "${name}"\n`);
    process.exit(127);
  });
  inside.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
}

/** @param {readonly [string, string]} files @param {number} exitOnFailure */
function copy([from, to], exitOnFailure) {
  try {
    writeFileSync(to, readFileSync(from));
  } catch (error) {
    process.stderr.write(`${error}\n`);
    process.exitCode = exitOnFailure;
  }
}

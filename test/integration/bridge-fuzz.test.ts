// The host of the bridge against everything at once: what reaches the gate was a well-formed call of a proven child.
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { enduringBench, settled } from '../support/bridge-attack.ts';
import { cut, fuzzing, gentlePieces, type Piece, pieces, places } from '../support/bridge-frames.ts';
import type { Bench } from '../unit/bridge/bench.ts';
import { frameOf, helloFor, performing, provenPeer, type RawPeer, shutdown, stranger } from '../unit/bridge/support.ts';

const current = enduringBench();
let bench: Bench;
beforeEach(() => {
  bench = current();
});

let made = 0;
const count = () => {
  made += 1;
  return made;
};

describe('random pieces', () => {
  it('G16: of a stranger perform nothing, and leave the launch good for the right child', async () => {
    const handle = await bench.host.open();
    await fc.assert(
      fc.asyncProperty(pieces(count), places, async (sent, where) => {
        const peer = await stranger(handle.path);
        await write(peer, sent, where);
        peer.socket.end();
        await peer.closed;
        expect(bench.gate.calls).toEqual([]);
      }),
      fuzzing,
    );
    await expect(bench.join(handle)).resolves.toBeDefined();
  });

  it('G16: of a proven child perform its well-formed calls at most once, in order, unchanged, as an agent’s', async () => {
    await fc.assert(
      fc.asyncProperty(pieces(count), places, async (sent, where) => {
        const { peer, launch, reached } = await proven();
        await write(peer, sent, where);
        await settled(peer);
        peer.socket.destroy();
        const wanted = proposals(sent);
        const got = reached();
        expect(wanted.filter((proposal) => got.some(({ proposal: { tool } }) => tool === proposal.tool))).toEqual(
          got.map(({ proposal }) => proposal),
        );
        for (const { origin } of got) expect(origin).toEqual({ who: 'agent', client: 'Copilot', launch });
        await expect.poll(() => got.every(({ signal }) => signal.aborted)).toBe(true);
      }),
      fuzzing,
    );
  });

  it('G16: that are merely refused keep no later call of a proven child from the gate', async () => {
    await fc.assert(
      fc.asyncProperty(gentlePieces(count), places, async (sent, where) => {
        const { peer, reached } = await proven();
        await write(peer, sent, where);
        await settled(peer);
        expect(peer.socket.closed).toBe(false);
        expect(reached().map(({ proposal }) => proposal)).toEqual(proposals(sent));
        peer.socket.destroy();
      }),
      fuzzing,
    );
  });

  it('G16: cut off anywhere end with the connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), async (length, isProven) => {
        const handle = await bench.host.open();
        const before = bench.gate.calls.length;
        const peer = isProven ? await provenPeer(handle) : await stranger(handle.path);
        const whole = frameOf(performing(shutdown));
        peer.write(whole.subarray(0, length % whole.length));
        peer.socket.end();
        await peer.closed;
        expect(bench.gate.calls).toHaveLength(before);
      }),
      fuzzing,
    );
  });
});

it('G16: a recorded conversation, whole or cut, does nothing on a newer launch, even with its name put in', async () => {
  const old = await bench.host.open();
  const recorded = await record(old);
  const fresh = await bench.host.open();
  const renamed = Buffer.from(recorded.toString('latin1').replaceAll(old.launch, fresh.launch), 'latin1');
  const before = bench.gate.calls.length;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(recorded, renamed), places, fc.nat(), async (bytes, where, length) => {
      const peer = await stranger(fresh.path);
      for (const chunk of cut(bytes.subarray(0, length % 3 === 0 ? bytes.length : length % bytes.length), where))
        peer.write(chunk);
      peer.socket.end();
      await peer.closed;
      expect(bench.gate.calls).toHaveLength(before);
    }),
    fuzzing,
  );
  const late = connect(old.path);
  expect((await once(late, 'error'))[0]).toMatchObject({ code: 'ENOENT' });
  await expect(bench.join(fresh)).resolves.toBeDefined();
});

/** A proven child on a launch of its own, and what of it has reached the gate. */
async function proven() {
  const handle = await bench.host.open();
  const before = bench.gate.calls.length;
  return { peer: await provenPeer(handle), launch: handle.launch, reached: () => bench.gate.calls.slice(before) };
}

function proposals(sent: readonly Piece[]) {
  return sent.flatMap((piece) => (piece.kind === 'perform' ? [piece.proposal] : []));
}

async function write(peer: RawPeer, sent: readonly Piece[], where: readonly number[]): Promise<void> {
  for (const chunk of cut(Buffer.concat(sent.map(({ bytes }) => bytes)), where)) {
    peer.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** All that a right child says on this launch: its Hello and a call. */
async function record(handle: Parameters<typeof provenPeer>[0]): Promise<Buffer> {
  const peer = await stranger(handle.path);
  const said = [helloFor(handle, peer.challenge), performing(shutdown)].map(frameOf);
  for (const frame of said) {
    peer.write(frame);
    if (frame === said[0]) await peer.next();
  }
  await bench.gate.next();
  return Buffer.concat(said);
}

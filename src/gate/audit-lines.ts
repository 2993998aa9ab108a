import { open } from 'node:fs/promises';

export interface Line {
  readonly text: string;
  /** It has no line end: its writer is at it, or was stopped in the middle. */
  readonly cut: boolean;
}

const blockBytes = 64 * 1024;
/** More than any record that is written here has, so that a strange file does not fill the memory, bytes. */
const longestLine = 16 * 1024 * 1024;
const lineEnd = 0x0a;

/**
 * The lines of a file as it is now, block by block. No file stays open between two blocks, so many can be read side by side.
 * @throws when the file cannot be read, or has a line of more than 16 MiB.
 */
export async function* linesForward(path: string): AsyncGenerator<Line> {
  const size = await sizeOf(path);
  const pending = pieces(path);
  for (let at = 0; at < size; ) {
    const block = await readBlock(path, at, Math.min(at + blockBytes, size));
    if (block.length === 0) break;
    at += block.length;
    let from = 0;
    for (let end = block.indexOf(lineEnd); end >= 0; end = block.indexOf(lineEnd, from)) {
      pending.add('after', block.subarray(from, end));
      yield { text: pending.take(), cut: false };
      from = end + 1;
    }
    pending.add('after', block.subarray(from));
  }
  const rest = pending.take();
  if (rest !== '') yield { text: rest, cut: true };
}

/** The same from the last line to the first. */
export async function* linesBackward(path: string): AsyncGenerator<Line> {
  const pending = pieces(path);
  let isLast = true;
  const line = function* (): Generator<Line> {
    const text = pending.take();
    // What follows the last line end is empty, unless a line was cut.
    if (!isLast || text !== '') yield { text, cut: isLast };
    isLast = false;
  };
  for (let end = await sizeOf(path); end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const block = await readBlock(path, start, end);
    let to = block.length;
    for (let at = block.lastIndexOf(lineEnd); at >= 0; at = to === 0 ? -1 : block.lastIndexOf(lineEnd, to - 1)) {
      pending.add('before', block.subarray(at + 1, to));
      yield* line();
      to = at;
    }
    pending.add('before', block.subarray(0, to));
    end = start;
  }
  yield* line();
}

/** The parts of one line, found in either direction. */
function pieces(path: string): { add(where: 'before' | 'after', piece: Buffer): void; take(): string } {
  let parts: Buffer[] = [];
  let length = 0;
  return {
    add(where, piece) {
      length += piece.length;
      if (length > longestLine) throw new Error(`${path} has a line of more than 16 MiB`);
      parts = where === 'after' ? [...parts, piece] : [piece, ...parts];
    },
    take() {
      const text = Buffer.concat(parts).toString('utf8');
      parts = [];
      length = 0;
      return text;
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  const handle = await open(path, 'r');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

async function readBlock(path: string, start: number, end: number): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const block = Buffer.alloc(end - start);
    const { bytesRead } = await handle.read(block, 0, block.length, start);
    return block.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

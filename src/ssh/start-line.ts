/** How much a login shell's start files may print before the mark, bytes. */
const longestNoise = 65_536;

/** Takes the line `mark pid`, with which a run begins, out of its output, and what start files printed before it. */
export interface StartLine {
  /** @returns what of a chunk is the command's own, if anything */
  own(chunk: Buffer): Buffer | undefined;
  /** The process that became the command: it leads its session. Nothing before the line has come. */
  pid(): number | undefined;
  /** Resolves when the line has come. */
  readonly seen: Promise<void>;
  /** What has come when the line never did. */
  rest(): Buffer;
}

export function startLine(mark: string): StartLine {
  let before = Buffer.alloc(0);
  let pid: number | undefined;
  let onSeen = (): void => {};
  const seen = new Promise<void>((resolve) => {
    onSeen = resolve;
  });
  return {
    own(chunk) {
      if (pid !== undefined) return chunk;
      before = Buffer.concat([before, chunk]);
      const at = before.indexOf(mark);
      const end = at < 0 ? -1 : before.indexOf('\n', at);
      if (end < 0) {
        before = before.subarray(-longestNoise);
        return undefined;
      }
      pid = Number(before.toString('latin1', at + mark.length, end));
      onSeen();
      const own = before.subarray(end + 1);
      before = Buffer.alloc(0);
      return own.length === 0 ? undefined : own;
    },
    pid: () => pid,
    seen,
    rest: () => before,
  };
}

import type { Duplex } from 'node:stream';

/** Sends one binary message (RFC 6455, section 5.2). */
export function sendFrame(socket: Duplex, payload: Buffer): void {
  const { length } = payload;
  const head = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 0xff];
  socket.write(Buffer.concat([Buffer.from(head), payload]));
}

const mostBytes = 0xffff;

/** Hands out each message of a client; what is longer than this demo needs, or a goodbye, ends the connection. */
export function readFrames(socket: Duplex, onFrame: (payload: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const frame = firstFrame(rest);
      if (frame === undefined) return;
      rest = rest.subarray(frame.bytes);
      if (frame.opcode === 8 || frame.bytes > mostBytes) return void socket.end();
      if (frame.opcode === 1 || frame.opcode === 2) onFrame(frame.payload);
    }
  });
}

function firstFrame(bytes: Buffer): { opcode: number; payload: Buffer; bytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  if (short === 127) return { opcode: 8, payload: Buffer.alloc(0), bytes: bytes.length };
  const at = short === 126 ? 4 : 2;
  if (bytes.length < at + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const end = at + 4 + length;
  if (bytes.length < end) return undefined;
  const mask = bytes.subarray(at, at + 4);
  const payload = Buffer.from(bytes.subarray(at + 4, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, bytes: end };
}

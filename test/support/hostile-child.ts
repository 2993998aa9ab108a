// A server build that keeps the handshake and nothing else: each line on stdin is sent as the body of one frame, each message
// that comes back is a line on stdout. It has the real key, as any server has that the editor starts.
import { createInterface } from 'node:readline';
import { bridgeEnvironment } from '../../src/bridge/protocol.ts';
import { frameOf, helloFor, stranger } from '../unit/bridge/support.ts';

const { [bridgeEnvironment.path]: path = '', [bridgeEnvironment.launch]: launch = '' } = process.env;
const key = process.env[bridgeEnvironment.key] ?? '';
const peer = await stranger(path);
peer.send(helloFor({ launch, key }, peer.challenge));
peer.closed.then(() => process.exit(0));
createInterface({ input: process.stdin })
  .on('line', (line) => peer.write(frameOf(line)))
  .on('close', () => process.exit(0));
for (;;) process.stdout.write(`${JSON.stringify(await peer.next())}\n`);

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenAuth } from '../../src/pve/auth.ts';
import { createTransport, type PveTransport } from '../../src/pve/transport.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { failure } from '../support/pve-node.ts';

let demo: Demo;
let transport: PveTransport;
beforeAll(async () => {
  demo = await startDemo({ speed: 20 });
  transport = createTransport({
    endpoints: [{ url: demo.url, trust: { kind: 'pin', sha256: [demo.fingerprint] } }],
    auth: tokenAuth(demo.tokenId, demo.tokenSecret),
  });
});
afterAll(async () => {
  await transport.close();
  await demo.stop();
});

const content = Buffer.alloc(3_000_000, 'some bytes ');
const sha256 = createHash('sha256').update(content).digest('hex');

async function upload(name: string, more: Readonly<Record<string, string>> = {}, storage = 'local') {
  const { data } = await transport.send({
    method: 'POST',
    path: ['nodes', 'pve2', 'storage', storage, 'upload'],
    params: { content: 'iso', checksum: sha256, 'checksum-algorithm': 'sha256', ...more },
    file: {
      name,
      size: content.length,
      stream: async function* () {
        yield content;
      },
    },
  });
  return String(data);
}

async function listed(name: string): Promise<readonly unknown[]> {
  const { data } = await demo.request('GET', '/nodes/pve2/storage/local/content', { content: 'iso' });
  return (data as readonly { readonly volid: string }[]).filter(({ volid }) => volid === `local:iso/${name}`);
}

describe('the demo cluster takes files as Proxmox VE does', () => {
  it('in a task of the node that was asked, which compares the checksum', async () => {
    const upid = await upload('whole.iso');
    // As it was recorded: no id, and the node that got the bytes.
    expect(upid).toMatch(/^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:imgcopy::demo@pve!vscode:$/);
    expect(await demo.taskEnd(upid)).toBe('OK');
    expect(await listed('whole.iso')).toMatchObject([{ content: 'iso', format: 'iso', size: content.length }]);
    const again = await upload('whole.iso');
    expect(await demo.taskEnd(again)).toBe('OK');
    expect(await listed('whole.iso')).toHaveLength(1);
  });

  it('and keeps nothing of one whose checksum is another', async () => {
    const upid = await upload('other.iso', { checksum: '0'.repeat(64) });
    expect(await demo.taskEnd(upid)).toBe(`checksum mismatch: got '${sha256}' != expect '${'0'.repeat(64)}'`);
    expect(await listed('other.iso')).toEqual([]);
  });

  it('gives it a name that it likes', async () => {
    expect(await demo.taskEnd(await upload('my file (1).iso'))).toBe('OK');
    expect(await listed('my_file__1_.iso')).toHaveLength(1);
  });

  it('refuses what the storage does not hold, and other files', async () => {
    expect((await failure(upload('a.txt'))).data).toMatchObject({ fields: { filename: 'wrong file extension' } });
    expect((await failure(upload('a.ova', { content: 'import' }))).data.reason.join()).toContain(
      "storage 'local' does not support 'import' content",
    );
    expect((await failure(upload('a.iso', {}, 'local-lvm'))).data.reason.join()).toContain(
      "can't upload to storage type 'lvmthin'",
    );
    const form = await demo.request('POST', '/nodes/pve1/storage/local/upload', { content: 'iso', filename: 'a.iso' });
    expect(form.reason).toBe('missing temporary file name');
  });
});

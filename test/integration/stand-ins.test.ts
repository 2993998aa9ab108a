import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNode, type TestNode } from '../support/node.ts';
import { errorsOf, outputOf, plain } from '../support/ssh.ts';
import { hasSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('stand-ins for the programs of a node', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startNode('pve2');
  });
  afterAll(() => node.stop());
  const run = (...argv: string[]) => node.shell.exec({ argv }, plain);

  test('unlock a guest, which no request of the API can, on the node that holds it', async () => {
    const config = async () => (await node.demo.request('GET', '/nodes/pve2/qemu/109/config')).data;
    expect(await config()).toMatchObject({ lock: 'backup' });
    expect(await run('qm', 'unlock', '109')).toMatchObject({ exitCode: 0 });
    expect(await config()).not.toHaveProperty('lock');
    const elsewhere = await run('qm', 'unlock', '103');
    expect(elsewhere.exitCode).toBe(2);
    expect(errorsOf(elsewhere)).toBe("Configuration file 'nodes/pve2/qemu-server/103.conf' does not exist\n");
  });

  test('keep each call as it came', async () => {
    await run('qm', 'status', "1'0 1", '', '$(id)');
    expect(node.standIns.calls.at(-1)).toMatchObject({ program: 'qm', argv: ['status', "1'0 1", '', '$(id)'] });
  });

  test('pass requests on', async () => {
    const answer = await run('pvesh', 'get', '/nodes/pve2/lxc/107/config', '--output-format', 'json');
    expect(JSON.parse(outputOf(answer))).toMatchObject({ hostname: 'test' });
    expect(await run('pvesh', 'get', '/nodes/pve2/lxc/999/config')).toMatchObject({ exitCode: 2 });
  });
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgePve } from '../../../../src/gate/command/pve.ts';

type Tier = 'read' | 'change' | 'destroy';

/** Plain lines of one command, without what a shell would have to do first; what runs in a guest is judged elsewhere. */
const lines = readFileSync(new URL('commands.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((text): { readonly command: string; readonly tier: Tier } => JSON.parse(text))
  .filter(({ command }) => /^[\w./:@,=+*%{}' -]+$/.test(command) && !/^(qm guest|pct) exec /.test(command));

function tierOf(command: string): Tier | undefined {
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  const risk = judgePve(words.map((word) => word.replaceAll("'", '')))?.risk;
  return risk === 'operate' || risk === 'configure' ? 'change' : risk;
}

/** People say that these change; the risk table says that they destroy, and why stands there. */
const tableSaysMore = [
  'pct restore 140 /mnt/backup/vzdump-lxc-101.tar.zst --storage local-lvm',
  "pveum role add Backup --privs 'VM.Backup Datastore.Audit'",
  'pveum acl modify /vms/101 --users bob@pve --roles PVEVMUser',
  'pveum passwd bob@pve',
  'pveum user token add root@pam ci --privsep 1',
  'pvecm create homelab',
  'pvenode startall',
  'pvesm set backup --disable 1',
  'qm guest passwd 101 ubuntu',
  'vzdump --all 1 --storage pbs',
];

test('G5: lines of the programs of Proxmox VE are judged as people have labelled them, or higher where the table says so', () => {
  const judged = lines.flatMap(({ command, tier }) => {
    const is = tierOf(command);
    return is === undefined ? [] : [{ command, tier, is }];
  });
  const other = judged.filter(({ tier, is }) => tier !== is);
  console.log(`${judged.length} lines, of which ${other.length} are judged higher`);
  expect(other.filter(({ tier, is }) => !(tier === 'change' && is === 'destroy'))).toEqual([]);
  expect(other.map(({ command }) => command).sort()).toEqual([...tableSaysMore].sort());
  expect(judged.length).toBeGreaterThanOrEqual(120);
});

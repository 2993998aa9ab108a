import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportAudit } from '../../../src/gate/audit-export.ts';
import { auditCommand } from '../../../src/server/audit-command.ts';
import { readConfig } from '../../../src/server/config.ts';
import { temporaryFolder } from '../../support/folder.ts';

const base = { PVE_BASE_URL: 'pve1.example.com', PVE_TOKEN_ID: 'root@pam!mcp', PVE_TOKEN_SECRET: 'a-secret-value' };

test.each([
  'PVE_AUDIT_DIR',
  'XDG_STATE_HOME',
])('G8: %s is no path below the folder of the start, whose files may be somebody else’s', async (name) => {
  const env = { ...base, [name]: 'state' };
  await expect(readConfig(env, () => {})).rejects.toThrow(`${name} is a path below the folder`);
  let told = '';
  const stderr = {
    write(text: string | Uint8Array) {
      told += String(text);
      return true;
    },
  };
  expect(await auditCommand(['verify'], env, { stdout: process.stdout, stderr })).toBe(2);
  expect(told).toContain(`${name} is a path below the folder`);
});

async function exported(
  record: object,
  format: 'jsonl' | 'csv',
): Promise<{ readonly text: string; readonly file: string }> {
  const dir = await temporaryFolder();
  const file = 'audit-2027-01-15T080000000Z-1-1.jsonl';
  await writeFile(join(dir, file), `${JSON.stringify({ at: '2027-01-15T08:00:00Z', phase: 'decided', ...record })}\n`);
  let text = '';
  for await (const line of exportAudit(dir, { format })) text += line;
  return { text, file };
}

test('G10: an exported line drives no terminal and says the same; a record cannot name another file', async () => {
  const reason = '\u009b2J \u202eback\u{e0061}\u2028';
  const { text, file } = await exported({ reason, file: 'audit-other' }, 'jsonl');
  expect(text.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  expect(JSON.parse(text)).toMatchObject({ reason, file });
});

test.each([
  '=1+1',
  '＝1+1',
  '＋1',
  '－1',
  '＠x',
  ' ＝1',
])('G10: no spreadsheet takes %s for a formula', async (reason) => {
  expect((await exported({ reason }, 'csv')).text).toContain(`"'${reason}"`);
});

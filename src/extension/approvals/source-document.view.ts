import * as vscode from 'vscode';
import type { FactSource } from '../../gate/types.ts';
import type { PveClient } from '../../pve/client.ts';
import type { Documents } from '../documents.view.ts';
import { sourceHead, sourceProblem, sourceText } from './source-text.ts';

/** Shows what Proxmox VE answers now to the request that a fact comes from. @param name of the connection */
export async function showSource(
  documents: Documents,
  { send }: Pick<PveClient, 'send'>,
  source: FactSource,
  name: string,
): Promise<void> {
  const head = `${sourceHead(source, name, Date.now())}\n`;
  const { segments, params } = source;
  const whole = send({ method: 'GET', path: segments, ...(params === undefined ? {} : { params }) }).then(
    ({ data }) => head + sourceText(source, data),
    (error: unknown) => head + sourceProblem(error),
  );
  const reading = `${head}${vscode.l10n.t('Reading…')}\n`;
  await documents.show(vscode.l10n.t('Source: {0}', source.what), reading, whole);
}

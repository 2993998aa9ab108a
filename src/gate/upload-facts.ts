import { volumes } from '../pve/content.ts';
import type { Send, SendOptions } from '../pve/request.ts';
import { quoted } from './printable.ts';
import type { ApiOperation, TargetFacts } from './types.ts';

/**
 * What an upload would replace: Proxmox VE writes over a file of the same name without a word. One request, GET
 * /nodes/{node}/storage/{storage}/content; where that cannot be read, nothing is said. Some file systems do not tell letters
 * by their case, so neither does this.
 */
export async function replacedFile(
  send: Send,
  { segments, params }: ApiOperation,
  options: SendOptions,
): Promise<Pick<TargetFacts, 'replaces'>> {
  const [, node = '', , storage = ''] = segments;
  const content = [params.content ?? ''].flat().join();
  const wanted = `${storage}:${content}/${[params.filename ?? ''].flat().join()}`.toLowerCase();
  try {
    const reader = { send: (request: Parameters<Send>[0]) => send(request, options) };
    const found = (await volumes(reader, node, storage, { content })).find(
      ({ volid }) => volid.toLowerCase() === wanted,
    );
    if (found === undefined) return { replaces: '' };
    const { volid, size, made } = found;
    const facts = [
      ...(size === undefined ? [] : [`${size} bytes`]),
      ...(made === undefined ? [] : [`of ${new Date(made * 1000).toISOString().slice(0, 16)} UTC`]),
    ];
    return { replaces: `${quoted(volid, 300)}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}` };
  } catch {
    return {};
  }
}

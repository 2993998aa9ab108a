import { isSecretPath } from './command/secret-paths.ts';

/** What a path on this machine says against a transfer: there, the bytes of a guest become code, or a secret leaves (G12). */
export function localHazards(path: string, direction: 'upload' | 'download' | 'read'): string[] {
  const parts = path.split(/[\\/]/).filter((part) => part !== '');
  const name = parts.at(-1) ?? '';
  const found: string[] = [];
  const hidden = parts.find((part) => part.startsWith('.') && part !== '.' && part !== '..');
  if (direction === 'upload') {
    if (isSecretPath(path)) found.push('The file on this machine usually holds secrets.');
    else if (hidden !== undefined)
      found.push('The path on this machine is a hidden one, where settings and secrets are kept.');
    return found;
  }
  if (hidden !== undefined) found.push('It goes to a hidden path on this machine: programs may run what stands there.');
  if (/\.code-workspace$/i.test(name)) found.push('The editor takes settings and tasks from this file.');
  if (instructions.test(name)) found.push('Agents take what stands in this file for instructions.');
  return found;
}

const instructions =
  /^(agents?|claude|gemini|copilot-instructions|conventions|skill)(\.[\w-]+)?\.md$|\.(instructions|prompt|chatmode|agent)\.md$|^\.(cursor|windsurf|cline)rules$/i;

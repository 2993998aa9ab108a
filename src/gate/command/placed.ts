import { isDangerousWrite, isSecretPath } from './secret-paths.ts';
import type { RuleVerdict } from './types.ts';

/** A path that is not absolute is looked up in every folder that the text goes to: what it writes there may be worse. */
export function placed(verdict: RuleVerdict, folders: ReadonlySet<string>): RuleVerdict {
  if (verdict.risk === 'destroy' || folders.size === 0) return verdict;
  const paths = (verdict.writes ?? []).filter((path) => !path.startsWith('/'));
  const worst = inFolders(paths, folders).find((path) => isDangerousWrite(path));
  if (worst === undefined) return verdict;
  return {
    ...verdict,
    risk: 'destroy',
    why: `It writes ${worst}, which decides how the machine works or holds its data.`,
  };
}

/** Whether a path that is not absolute is a secret in one of the folders that the text goes to. */
export function isSecretIn(path: string, folders: ReadonlySet<string>): boolean {
  return !path.startsWith('/') && inFolders([path], folders).some(isSecretPath);
}

function inFolders(paths: readonly string[], folders: ReadonlySet<string>): string[] {
  return [...folders].flatMap((folder) => paths.map((path) => `${folder}/${path}`));
}

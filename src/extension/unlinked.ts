/**
 * Text for notifications and the line below an input: VS Code makes links out of `[…](…)` there, and those may run commands.
 * What a cluster says must not become one.
 */
export function unlinked(text: string): string {
  return text.replaceAll('](', '] (');
}

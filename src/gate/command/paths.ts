/**
 * A path as the system takes it: one slash between parts, no `.` and `..`, `~` and `/proc/…/root` resolved, backslashes of
 * Windows as slashes. A path that is not absolute stays so.
 */
export function normalPath(path: string): string {
  const slashed = path
    .replace(/^[A-Za-z]:(?=[\\/])/, '')
    .replaceAll('\\', '/')
    .replace(/^~(?=\/|$)/, '/root')
    .replace(/^~(\w[\w.-]*)(?=\/|$)/, '/home/$1');
  const parts: string[] = [];
  for (const part of slashed.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || !slashed.startsWith('/')) parts.push(part);
  }
  const joined = `${slashed.startsWith('/') ? '/' : ''}${parts.join('/')}`;
  return joined
    .replace(/^\/proc\/(?:self|thread-self|\d+)(?:\/task\/\d+)?\/(?:root|cwd)(?=\/|$)/, '')
    .replace(/^\/var\/run(?=\/|$)/, '/run')
    .replace(/^\/usr\/(?=s?bin\/|lib\/)/, '/')
    .replace(/^$/, slashed.startsWith('/') ? '/' : '.');
}

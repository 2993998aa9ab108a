/** What is at a path inside a demo guest. */
export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'pipe' | 'device';
  /** Of a file; of a link where it points. */
  bytes: Buffer;
  /** Permission bits. */
  mode: number;
  owner: string;
  group: string;
}

/** The files of one guest, in memory. Paths are absolute and normal, as `resolve` makes them. */
export interface Files {
  readonly entries: Map<string, Entry>;
  /** What is there, links followed. */
  find(path: string): Entry | undefined;
  /** The same without following the last one. */
  own(path: string): Entry | undefined;
  /** The path without links; the last part need not be there. `undefined` where a folder on the way is missing. */
  real(path: string): string | undefined;
  /** Names in a folder. */
  list(path: string): string[];
  /** Writes a file, links followed. @throws Error in the words of the C library */
  write(path: string, bytes: Buffer, mode?: number): void;
}

/** Bytes of all files of one guest together. */
const mostBytes = 64 * 1024 * 1024;

export function createFiles(hostname: string): Files {
  const entries = new Map<string, Entry>();
  const find: Files['find'] = (path) => {
    const real = realPath(path);
    return real === undefined ? undefined : entries.get(real);
  };
  const own: Files['own'] = (path) => {
    const folder = realPath(parent(path));
    return folder === undefined ? undefined : entries.get(join(folder, base(path)));
  };

  function realPath(path: string, links = 0): string | undefined {
    let at = '/';
    const parts = path.split('/').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      const next = join(at, part);
      const entry = entries.get(next);
      const isLast = index === parts.length - 1;
      if (entry?.kind === 'link' && links < 40) {
        const rest = parts.slice(index + 1).join('/');
        return realPath(resolve(at, join(entry.bytes.toString(), rest)), links + 1);
      }
      if (!isLast && entry?.kind !== 'folder') return undefined;
      at = next;
    }
    return at;
  }

  const write: Files['write'] = (path, bytes, mode = 0o644) => {
    const real = realPath(path);
    if (real === undefined || entries.get(parent(real))?.kind !== 'folder')
      throw new Error('No such file or directory');
    const there = entries.get(real);
    if (there?.kind === 'folder') throw new Error('Is a directory');
    if (there?.kind === 'device' || there?.kind === 'pipe') return;
    let used = bytes.length - (there?.bytes.length ?? 0);
    for (const each of entries.values()) used += each.bytes.length;
    if (used > mostBytes) throw new Error('No space left on device');
    if (there !== undefined) there.bytes = bytes;
    else entries.set(real, { kind: 'file', bytes, mode, owner: 'root', group: 'root' });
  };
  const list: Files['list'] = (path) => {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...entries.keys()]
      .filter((each) => each.startsWith(prefix) && each !== '/' && !each.slice(prefix.length).includes('/'))
      .map((each) => each.slice(prefix.length))
      .sort();
  };
  fill(entries, hostname);
  return { entries, find, own, real: (path) => realPath(path), list, write };
}

/** A path from a folder on, without `.`, `..` and doubled slashes. */
export function resolve(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${folder}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function parent(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export function base(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function join(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

function fill(entries: Map<string, Entry>, hostname: string): void {
  const put = (path: string, kind: Entry['kind'], text = '', mode = 0o644): void => {
    entries.set(path, { kind, bytes: Buffer.from(text), mode, owner: 'root', group: 'root' });
  };
  for (const folder of [
    '/',
    '/etc',
    '/root',
    '/home',
    '/tmp',
    '/usr',
    '/usr/bin',
    '/var',
    '/var/log',
    '/var/tmp',
    '/dev',
    '/srv',
    '/run',
  ])
    put(folder, 'folder', '', folder.endsWith('tmp') ? 0o1777 : folder === '/root' ? 0o700 : 0o755);
  put('/etc/hostname', 'file', `${hostname}\n`);
  put('/etc/os-release', 'file', 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n');
  put('/etc/passwd', 'file', 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n');
  put('/etc/shadow', 'file', 'root:*:20000:0:99999:7:::\n', 0o640);
  put('/var/log/syslog', 'file', `${hostname} systemd[1]: Started Daily apt activities.\n`, 0o640);
  put('/var/run', 'link', '/run');
  put('/run/initctl', 'pipe');
  put('/dev/null', 'device', '', 0o666);
}

import { isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * What is wrong with a text of a format that PVE has a name for; nothing for a good one, and for a format that is not
 * known here. A list is checked entry by entry.
 */
export function formatProblem(format: string, value: string): string | undefined {
  if (format.endsWith('-opt')) return value === '' ? undefined : formatProblem(format.slice(0, -4), value);
  const known = formats[format];
  if (known !== undefined) return known.fits(value) ? undefined : `is not ${known.what}`;
  if (!format.endsWith('-list')) return undefined;
  for (const entry of listEntries(value)) {
    const problem = formatProblem(format.slice(0, -5), entry);
    if (problem !== undefined) return `has ${JSON.stringify(entry.slice(0, 40))}, which ${problem}`;
  }
  return undefined;
}

/** The entries of a list in one text, as PVE separates them. */
function listEntries(value: string): string[] {
  return value.split(/[,;\s\0]+/).filter((entry) => entry !== '');
}

interface Format {
  readonly what: string;
  readonly fits: (value: string) => boolean;
}

const like = (pattern: RegExp, what: string): Format => ({ what, fits: (value) => pattern.test(value) });

/** Only those of which it is certain what PVE takes. */
const formats: Readonly<Record<string, Format | undefined>> = {
  'pve-vmid': like(/^[1-9]\d{2,8}$/, 'a VMID (100 to 999999999)'),
  'pve-node': like(/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/, 'a name of a node'),
  'pve-storage-id': like(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, 'a name of a storage'),
  'pve-configid': like(/^[a-z][a-z0-9_-]+$/i, 'an identifier (a letter, then letters, digits, - and _)'),
  'mac-addr': like(/^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i, 'a MAC address of one card (XX:XX:XX:XX:XX:XX)'),
  ip: { what: 'an IP address', fits: (value) => isIP(value) !== 0 },
  ipv4: { what: 'an IPv4 address', fits: isIPv4 },
  ipv6: { what: 'an IPv6 address', fits: isIPv6 },
  CIDR: { what: 'a network (10.0.0.0/24, fd00::/64)', fits: (value) => isCidr(value, [4, 6]) },
  CIDRv4: { what: 'an IPv4 network (10.0.0.0/24)', fits: (value) => isCidr(value, [4]) },
  CIDRv6: { what: 'an IPv6 network (fd00::/64)', fits: (value) => isCidr(value, [6]) },
  'disk-size': like(/^\d+(?:\.\d+)?[KMGT]?$/, 'a size (512M, 32G)'),
};

function isCidr(value: string, versions: readonly number[]): boolean {
  const [address = '', mask = '', ...more] = value.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  return versions.includes(version) && /^\d{1,3}$/.test(mask) && Number(mask) <= most && more.length === 0;
}

import { BlockList, isIP } from 'node:net';
import { PveError } from './error.ts';

/** As in `HTTPS_PROXY` and `NO_PROXY`, or in an editor's settings. */
export interface ProxySettings {
  /** `http://[user:password@]host:port`, or https; without a scheme, http. */
  readonly proxy?: string | undefined;
  /** What is reached directly, separated by commas or blanks: `*`, names with all below them, addresses, networks; each may end in `:port`. */
  readonly noProxy?: string | undefined;
}

/** A proxy's address, and what it wants to know before it connects. */
export interface ProxyServer {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** `host:port`, for messages. */
  readonly label: string;
  /** Value of `Proxy-Authorization`; for the proxy alone, never logged. */
  readonly authorization?: string;
}

/**
 * Which proxy the way to a URL leads through. This computer itself is always reached directly.
 * @param url `https://host:port`
 * @returns the proxy as set; `undefined` for a direct way
 */
export function proxyFor(url: string, { proxy, noProxy = '' }: ProxySettings): string | undefined {
  if (proxy === undefined || proxy.trim() === '') return undefined;
  const { hostname, port } = new URL(url);
  const host = bare(hostname).toLowerCase();
  if (isLoopback(host)) return undefined;
  const exceptions = noProxy.split(/[\s,;]+/).filter((entry) => entry !== '');
  const isExcepted = exceptions.some((entry) => fits(entry.toLowerCase(), host, port === '' ? '443' : port));
  return isExcepted ? undefined : proxy.trim();
}

/** @throws PveError `invalid_argument`; the message holds no credentials */
export function parseProxy(text: string): ProxyServer {
  const typed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(typed)) throw unusable('it is no address');
  const { protocol, hostname, port, username, password, pathname } = new URL(typed);
  const secure = protocol === 'https:';
  if (!secure && protocol !== 'http:') throw unusable(`${protocol.slice(0, 20)}// is not supported`);
  if (pathname !== '/' || hostname === '') throw unusable('it is more than host and port');
  const number = Number(port || (secure ? 443 : 80));
  const known = { secure, hostname: bare(hostname), port: number, label: `${hostname}:${number}` };
  if (username === '' && password === '') return known;
  const credentials = [username, password].map(decode).join(':');
  return { ...known, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function fits(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const { name, only } = split(entry);
  if (only !== undefined && only !== port) return false;
  if (isIP(host) !== 0) return name === host || isInNetwork(name, host);
  const domain = name.replace(/^\*?\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

/** `host`, `host:port`, `[v6]:port`, and `v6` bare. */
function split(entry: string): { readonly name: string; readonly only?: string } {
  if (isIP(entry) === 6 || entry.includes('/')) return { name: entry };
  const [, name = entry, only] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  return only === undefined ? { name: bare(name) } : { name: bare(name), only };
}

function isInNetwork(text: string, address: string): boolean {
  const [network = '', bits = '', ...rest] = text.split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const isNetwork = isIP(network) !== 0 && /^\d{1,3}$/.test(bits) && rest.length === 0;
  if (!isNetwork || isIP(network) !== isIP(address) || Number(bits) > (family === 'ipv6' ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || isInNetwork('127.0.0.0/8', host);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a bare percent sign in a password
  }
}

function unusable(why: string): PveError {
  return new PveError({
    code: 'invalid_argument',
    message: `The proxy setting cannot be used: ${why}`,
    hint: 'It looks like http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128.',
    reason: [],
  });
}

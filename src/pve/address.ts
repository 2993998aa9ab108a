import { isIP, isIPv6 } from 'node:net';
import { PveError } from './error.ts';

const defaultPort = 8006;

/**
 * Reads what a person types or pastes as the address of a node: `host`, `host:port`, `[v6]:port`, or the URL from the
 * browser's address bar (what follows its `#` never reaches a server, and is dropped).
 * @returns the origin, always with its port: `https://pve1.example.com:8006`
 * @throws PveError `invalid_argument`
 */
export function parseAddress(text: string): string {
  const typed = text.trim();
  if (isIPv6(typed)) return origin(typed, `[${typed}]`, undefined);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed);
  if (scheme !== null && scheme[1]?.toLowerCase() !== 'https')
    throw refused(typed, 'Proxmox VE is reached by https only.');
  const rest = scheme === null ? typed : typed.slice(scheme[0].length).replace(/#.*$/s, '').replace(/\/$/, '');
  if (rest.includes('@')) throw refused(typed, 'Leave user and password out; they are asked for later.');
  if (/[/?#\\]/.test(rest)) throw refused(typed, 'Leave the path out.');
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]%\s]+)(?::(\d{1,5}))?$/i.exec(rest);
  if (parts?.[1] === undefined) throw refused(typed);
  return origin(typed, parts[1], parts[2]);
}

/** A URL would drop port 443 as the default of https; here the port always stands. */
function origin(typed: string, host: string, port: string | undefined): string {
  const number = port === undefined ? defaultPort : Number(port);
  if (number < 1 || number > 65535) throw refused(typed, 'A port is a number from 1 to 65535.');
  const url = `https://${host}:${number}`;
  const name = URL.canParse(url) ? new URL(url).hostname : '';
  const isName = /^[a-z0-9_]([a-z0-9_.-]{0,252})$/.test(name) && !name.includes('..');
  const isAddress = name.startsWith('[') || isIP(name) !== 0;
  // A URL reads "127.1" and "0x7f000001" as IPv4 addresses; what was meant by them is anyone's guess.
  if (isAddress ? !name.startsWith('[') && name !== host : !isName) throw refused(typed);
  return `https://${name}:${number}`;
}

function refused(typed: string, why = 'Give a host name or IP address, with a port if it is not 8006.'): PveError {
  const shown = typed.includes('@') ? 'The address' : `The address "${typed.slice(0, 100)}"`;
  return new PveError({
    code: 'invalid_argument',
    message: `${shown} cannot be used`,
    hint: `${why} Example: pve1.example.com`,
    reason: [],
  });
}

import { hiddenFieldsOf } from './secret-answers.ts';
import { shortestSecret } from './secret-hands.ts';
import { hideSecrets, isSecretName } from './secret-parameters.ts';
import type { Operation } from './types.ts';

/** Takes secrets out of whatever leaves the process: logs, errors, audit, answers, dialogs (G15). */
export interface Redactor {
  /** Registers a secret; very short ones are not registered, they would blank out ordinary text. */
  add(secret: string): void;
  /** The text with every known secret, and everything that has the shape of one, replaced. */
  text(value: string): string;
  /** The same for lines that come one by one: a private key that goes over several of them is replaced as a whole. */
  lines(): (line: string) => string;
  /** A copy of a plain value: strings as `text`, lists of lines as `lines`, values under names of secrets replaced whole. */
  value(value: unknown): unknown;
  /** The same for the answer of a request, where a few more names hold secrets. @param segments of the request's path */
  answer(segments: readonly string[], value: unknown): unknown;
  /** The operation as the cluster gets it, without its secrets. */
  operation(operation: Operation): Operation;
}

/** What stands in place of a secret. */
export const redacted = '[redacted]';
/** What an agent reads in place of a secret that the cluster has made. */
export const handedOver = {
  yes: 'shown to the person',
  no: 'it could not be shown to the person, and is lost: they need to have another one made',
} as const;

/** @returns a redactor that knows no secret yet; shapes and field names work from the start. */
export function createRedactor(): Redactor {
  /** Longest first: a secret that contains another one is replaced whole. */
  let known: readonly string[] = [];

  const text = (value: string): string => {
    let out = value.toWellFormed();
    for (const secret of known) out = out.replaceAll(secret, redacted);
    for (const [sign, shape] of shapes) if (out.includes(sign)) out = out.replace(shape, redacted);
    return out;
  };

  const lines = (startsInside = false) => {
    let inside = startsInside;
    return (line: string): string => {
      const wasInside = inside;
      const lastEnd = lastMatch(line, keyEnd);
      inside = lastMatch(line, keyBegin) > lastEnd || (inside && lastEnd < 0);
      if (wasInside) return inside || lastEnd < 0 ? redacted : text(`${anyKeyBegin}${line}`);
      return bareKeyLine.test(line.trim()) ? redacted : text(line);
    };
  };

  const walker = (hidden: ReadonlySet<string>) => {
    const isHidden = (name: string): boolean => isSecretName(name) || hidden.has(name);
    const hides = (name: string, { key }: Readonly<Record<string, unknown>>): boolean =>
      isHidden(name) || (pairValues.has(name) && typeof key === 'string' && isHidden(key));
    const walkList = (list: readonly unknown[]): unknown[] => {
      const line = lines(startsInKey(list));
      return list.map((item) => (typeof item === 'string' ? line(item) : walk(item, line)));
    };
    const walk = (value: unknown, line = text): unknown => {
      if (typeof value === 'string') return text(value);
      if (Array.isArray(value)) return walkList(value);
      if (typeof value !== 'object' || value === null) return value;
      const members = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        Object.entries(members).map(([name, member]) => {
          if (hides(name, members) && isFilled(member)) return [text(name), redacted];
          return [text(name), name === 't' && typeof member === 'string' ? line(member) : walk(member)];
        }),
      );
    };
    return (value: unknown) => walk(value);
  };
  const value = walker(new Set());

  return {
    add(secret) {
      if (secret.length < shortestSecret) return;
      // The same secret as it stands in an address, a form body and a JSON text.
      const form = new URLSearchParams([['', secret]]).toString().slice(1);
      const written = [secret, encodeURIComponent(secret), form, JSON.stringify(secret).slice(1, -1)];
      known = [...new Set([...known, ...written])].sort((a, b) => b.length - a.length);
    },
    text,
    lines: () => lines(),
    value,
    answer: (segments, answer) => walker(hiddenFieldsOf(segments))(answer),
    operation(operation) {
      if (operation.kind === 'command') return value(operation) as Operation;
      if (operation.kind === 'file') {
        // Size and sum tell which text it was; nobody knows what secrets stand in it.
        const { content: _content, ...rest } = operation;
        return value(rest) as Operation;
      }
      const { params, ...rest } = hideSecrets(operation, redacted);
      const safe = Object.entries(params).map(([name, given]) => [
        name,
        // Those of newer releases that no table knows yet.
        /^(key|data|token|value)$/i.test(name) ? redacted : given,
      ]);
      return value({ ...rest, params: Object.fromEntries(safe) }) as Operation;
    },
  };
}

/** Where a list has pairs of a `key` and its values: pending changes, and what cloud-init was made from. */
const pairValues = new Set(['value', 'pending', 'old', 'new']);

const anyKeyBegin = '-----BEGIN PRIVATE KEY-----';
const keyBegin = /-----BEGIN [A-Z ]*PRIVATE KEY-----/g;
const keyEnd = /-----END [A-Z ]*PRIVATE KEY-----/g;
const marker = /-----(?:BEGIN|END) [A-Z ]*PRIVATE KEY-----/;
/** A whole line from the middle of a key, as a page of a log may begin with; hex digits are a checksum. */
const bareKeyLine = /^(?![0-9a-f]+$)[A-Za-z0-9+/]{64,76}$/;

/** Shapes of secrets whoever they belong to, each with a text without which it cannot be there, for speed. */
const shapes: readonly (readonly [sign: string, shape: RegExp])[] = [
  // The rest of a private key whose beginning was cut off, and a private key, whole or with its end cut off.
  ['-----END ', /^(?:(?!-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S])*?-----END [A-Z ]*PRIVATE KEY-----/],
  ['-----BEGIN ', /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g],
  // API tokens, in a header and in text; tickets and their CSRF tokens.
  ['APIToken=', /(?<=P[VB][ES]APIToken=[^=:\s]{1,200}[=:])[^\s"',]+/g],
  ['!', /(?<=@[\w.-]{1,64}![\w.-]{1,64}[=:])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi],
  ['::', /(?<=PVE[A-Z]*:(?:\S{1,400}:)?[0-9A-F]{8}::)[A-Za-z0-9+/=]{40,}/g],
  ['CSRFPreventionToken', /(?<=CSRFPreventionToken["':= ]{1,5})[0-9A-F]{8}:[A-Za-z0-9+/=]+/g],
  // scheme://user:password@host
  ['://', /(?<=\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,200}:)[^\s/?#]+(?=@)/gi],
  // Hashes of passwords, passwords in YAML, and keys of Ceph.
  ['$', /\$(?:1|2[aby]|5|6|7|y|gy)\$[\w./$,=]{20,}/g],
  ['passw', /(?<=^[ \t-]{0,80}(?:hashed_|plain_text_)?passw(?:or)?d:[ \t]{1,8})\S+(?=[ \t]{0,8}$)/gm],
  ['AQ', /(?<![A-Za-z0-9+/])AQ[A-Za-z0-9+/]{36}==/g],
];

function lastMatch(line: string, pattern: RegExp): number {
  return [...line.matchAll(pattern)].at(-1)?.index ?? -1;
}

/** The text of one entry of a log, which is a string or `{n, t}`. */
function lineOf(item: unknown): string {
  if (typeof item === 'string') return item;
  return typeof item === 'object' && item !== null && 't' in item && typeof item.t === 'string' ? item.t : '';
}

/** A page of a log may begin within a key: then the first mark in it is an end. */
function startsInKey(list: readonly unknown[]): boolean {
  return (
    list
      .map(lineOf)
      .find((line) => marker.test(line))
      ?.includes('-----END') === true
  );
}

function isFilled(value: unknown): boolean {
  if (value === '' || value === handedOver.yes || value === handedOver.no) return false;
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

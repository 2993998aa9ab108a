/** Takes secrets out of whatever leaves the process: logs, errors, audit, answers, dialogs (G15). */
export interface Redactor {
  /** Registers a secret; very short ones are not registered, they would blank out ordinary text. */
  add(secret: string): void;
  /** The text with every known secret, and everything that has the shape of one, replaced. */
  text(value: string): string;
  /** A copy of a plain value: strings as `text`, values under names of secrets replaced whole. */
  value(value: unknown): unknown;
  /** The same for an operation's parameters, where a few more names hold secrets. */
  params<T>(params: Readonly<Record<string, T>>): Readonly<Record<string, T | string>>;
}

export const redacted = '[redacted]';

/** @returns a redactor that knows no secret yet; shapes and field names work from the start. */
export function createRedactor(): Redactor {
  /** Longest first: a secret that contains another one is replaced whole. */
  let known: readonly string[] = [];

  const text = (value: string): string => {
    let out = value.toWellFormed();
    for (const secret of known) out = out.replaceAll(secret, redacted);
    for (const shape of shapes) out = out.replace(shape, redacted);
    return out;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        text(key),
        secretName.test(key) && isFilled(member) ? redacted : walk(member),
      ]),
    );
  };

  return {
    add(secret) {
      if (secret.length < 6) return;
      // The same secret as it stands in an address, a form body and a JSON text.
      const form = new URLSearchParams([['', secret]]).toString().slice(1);
      const written = [secret, encodeURIComponent(secret), form, JSON.stringify(secret).slice(1, -1)];
      known = [...new Set([...known, ...written])].sort((a, b) => b.length - a.length);
    },
    text,
    value: walk,
    params: (params) =>
      Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          text(name),
          secretParameter.test(name)
            ? redacted
            : ((walk({ [name]: value }) as Record<string, typeof value>)[name] ?? redacted),
        ]),
      ),
  };
}

/** Fields that hold a secret wherever they stand (names from PVE's API schema). */
const secretName =
  /^(password|cipassword|new-password|confirmation-password|secret|client-key|private-?key|token-?secret|ticket|csrfpreventiontoken|otp|encryption-key|otel-headers)$/i;
/** Parameters of writes that hold a secret, though the same name is harmless in an answer. */
const secretParameter = /^(key|data|token|value)$/i;

/** Shapes of secrets whoever they belong to. */
const shapes: readonly RegExp[] = [
  /(?<=PVEAPIToken=[^=\s]{1,200}=)[^\s"',]+/g,
  /(?<=PVE(?:VNC|QUIC|TERM)?:[^\s:]{1,100}:[0-9A-F]{8}::)[A-Za-z0-9+/=]{40,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

function isFilled(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : typeof value === 'object' && value !== null;
}

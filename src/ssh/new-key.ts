import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import ssh2 from 'ssh2';
import { messageOf, PveError } from '../pve/error.ts';

/**
 * Makes an ed25519 key in OpenSSH's format, readable for this user alone, and its public half beside it (`.pub`).
 * @param comment ends the public line, so that people know whose it is
 * @returns the public line, for `authorized_keys`
 * @throws PveError `exists` when either file is there; nothing is ever written over
 */
export async function makeSshKey(file: string, comment: string, passphrase?: string): Promise<string> {
  const pair = newKeyPair(comment, passphrase);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeNew(file, pair.private, 0o600);
  await writeNew(`${file}.pub`, `${pair.public}\n`, 0o644);
  return pair.public;
}

/** An ed25519 pair in OpenSSH's format. */
export function newKeyPair(
  comment: string,
  passphrase?: string,
): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', {
      comment,
      ...(passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 16 }),
    });
    // ssh2 drops leading zero bytes of the public key, and no program reads such a pair: one of 256.
    if (Buffer.from(pair.public.split(' ')[1] ?? '', 'base64').length === publicLength) return pair;
  }
}

/** Two lengths of 4 bytes, `ssh-ed25519`, and the 32 bytes of the key (RFC 8709). */
const publicLength = 4 + 11 + 4 + 32;

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  try {
    const handle = await open(file, 'wx', mode);
    await handle.writeFile(text).finally(() => handle.close());
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new PveError(
      {
        code: exists ? 'exists' : 'server_error',
        message: exists ? `${file} is there already` : `${file} cannot be written`,
        hint: exists ? 'Use it, or give another path.' : 'Give a path that this user can write to.',
        reason: exists ? [] : [messageOf(cause)],
      },
      { cause },
    );
  }
}

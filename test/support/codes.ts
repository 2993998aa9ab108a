import { oneTimePassword } from '../../src/demo/totp.ts';

/** Codes of an authenticator app. The demo takes none twice, and those of the step before and the next as well. */
export function demoCodes(totpSecret: string): () => Promise<string> {
  let used = 0;
  return async () => {
    used = Math.max(used + 1, Math.floor(Date.now() / 30_000) - 1);
    return oneTimePassword(totpSecret, used);
  };
}

import type { Auth } from '../pve/auth.ts';
import type { Redactor } from './redact.ts';

/** The same credentials. What a login brings is as secret as the password, so the redactor learns it at each use (G15). */
export function learnLogin(auth: Auth, redactor: Pick<Redactor, 'add'>): Auth {
  let learned = '';
  return {
    ...auth,
    headers(method) {
      const { cookie = '', CSRFPreventionToken = '' } = auth.headers('POST');
      if (cookie !== learned) {
        learned = cookie;
        redactor.add(decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1)));
        redactor.add(CSRFPreventionToken);
      }
      return auth.headers(method);
    },
  };
}

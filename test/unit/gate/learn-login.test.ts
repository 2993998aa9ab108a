import { expect, test } from 'vitest';
import { learnLogin } from '../../../src/gate/learn-login.ts';
import { createRedactor } from '../../../src/gate/redact.ts';

test('G15: each ticket that a login brings, and its CSRF token, are taken out of what leaves', () => {
  const redactor = createRedactor();
  let number = 1;
  const auth = learnLogin(
    {
      headers: (method) => ({
        cookie: `PVEAuthCookie=ticket%3A%2B${number}-c4n4ry`,
        ...(method === 'GET' ? {} : { CSRFPreventionToken: `csrf-${number}-c4n4ry` }),
      }),
    },
    redactor,
  );
  for (number = 1; number <= 2; number += 1) {
    expect(Object.keys(auth.headers('GET'))).toEqual(['cookie']);
    const text = `ticket:+${number}-c4n4ry ticket%3A%2B${number}-c4n4ry csrf-${number}-c4n4ry`;
    expect(redactor.text(text)).toBe('[redacted] [redacted] [redacted]');
  }
});

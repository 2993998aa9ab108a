import { describe, expect, it } from 'vitest';
import { ticketAuth, tokenAuth } from '../../../src/pve/auth.ts';

describe('an API token', () => {
  it('goes into one header', () => {
    const auth = tokenAuth('root@pam!vscode', '0f1e2d3c-0000-4000-8000-000000000000');
    expect(auth.headers()).toEqual({
      authorization: 'PVEAPIToken=root@pam!vscode=0f1e2d3c-0000-4000-8000-000000000000',
    });
    expect(auth.tokenId).toBe('root@pam!vscode');
  });

  it.each([
    '',
    'root',
    'root@pam',
    'root!vscode',
    'root@pam!',
    'root@pam!a',
    'ro ot@pam!vscode',
    'root@pam!vs code',
    'root@pam!vscode=secret',
    'a:b@pam!vscode',
  ])('id %j is refused', (id) => {
    expect(() => tokenAuth(id, 'secret')).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it.each([
    '',
    ' ',
    'topsecret\n',
    'topsecret\r\nX-Evil: 1',
    'top secret',
    'topsecret\0',
    'topsecret€',
  ])('secret %j is refused and not repeated', (secret) => {
    const attempt = () => tokenAuth('root@pam!vscode', secret);
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(attempt).toThrow(expect.not.objectContaining({ message: expect.stringContaining('topsecret') }));
  });
});

describe('a login with a password', () => {
  it('has no headers before it was made', () => {
    const auth = ticketAuth({ username: 'root@pam', password: 'topsecret' });
    expect([auth.headers(), auth.headers('POST'), auth.user, auth.tokenId]).toEqual([{}, {}, 'root@pam', undefined]);
  });

  it.each([
    '',
    'root',
    'root@',
    '@pam',
    'root@pam!vscode',
    'ro ot@pam',
    'a:b@pam',
    'root@p',
  ])('user %j is refused', (username) => {
    expect(() => ticketAuth({ username, password: 'x' })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });

  it.each([
    '',
    'topsecret\n',
    'topsecret\0',
    'topsecret\ud800',
  ])('password %j is refused and not repeated', (password) => {
    const attempt = () => ticketAuth({ username: 'root@pam', password });
    expect(attempt).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(attempt).toThrow(expect.not.objectContaining({ message: expect.stringContaining('topsecret') }));
  });
});

import { describe, expect, it } from 'vitest';
import { createTicketOffice } from '../../../src/demo/tickets.ts';
import { createTestClock } from './world.ts';

describe('tickets', () => {
  const clock = createTestClock();
  const office = createTicketOffice(clock, 7200);
  const ticket = office.issue('demo@pve');
  const challenge = office.challenge('totp@pve', '{"totp":true}');

  it('say who they are for', () => {
    expect(office.read(ticket)).toEqual({ user: 'demo@pve', challenge: undefined });
    expect(office.read(challenge, 'totp@pve')).toEqual({ user: 'totp@pve', challenge: '{"totp":true}' });
  });

  it.each([
    ['with another name', ticket.replace('demo', 'root')],
    ['with another time', ticket.replace(/:([0-9A-F]{8}):/, ':FFFFFFFF:')],
    ['with another signature', ticket.replace(/.{4}$/, 'AAA=')],
    ['without a signature', ticket.replace(/::.*$/, '::')],
    ['of something else', 'garbage'],
    ['with a broken challenge', 'PVE:!tfa!%zz:00000000::AAAA'],
    ['for a second step, as a login', challenge],
  ])('%s are worth nothing', (_, forged) => {
    expect(office.read(forged)).toBeUndefined();
  });

  it('of a challenge are bound to their user', () => {
    expect(office.read(challenge, 'demo@pve')).toBeUndefined();
  });

  it('have a CSRF token of their user', () => {
    const token = office.csrfToken('demo@pve');
    expect(office.isCsrfToken(token, 'demo@pve')).toBe(true);
    expect(office.isCsrfToken(token, 'totp@pve')).toBe(false);
    expect(office.isCsrfToken('', 'demo@pve')).toBe(false);
  });

  it('last two hours', () => {
    clock.advance(7_199_000);
    expect(office.read(ticket)).toBeDefined();
    clock.advance(1000);
    expect(office.read(ticket)).toBeUndefined();
    const late = office.issue('demo@pve');
    office.expireAll();
    expect(office.read(late)).toBeUndefined();
  });
});

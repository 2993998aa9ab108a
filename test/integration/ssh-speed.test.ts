import { describe, expect, test } from 'vitest';
import { sshTimes } from '../bench/ssh.ts';
import { hasSshd } from '../support/sshd.ts';

describe.skipIf(!hasSshd())('a trivial command', () => {
  // `npm run bench` tells the figures: at most 1.2 times and a tenth on a machine that does nothing else.
  test('costs hardly more than ssh2 alone on an open connection, and a fraction of connecting each time', async () => {
    const times = await sshTimes(40);
    expect(times?.pool.p50).toBeLessThan(1.5 * (times?.bare.p50 ?? 0) + 1);
    expect(times?.pool.p50).toBeLessThan((times?.connecting.p50 ?? 0) / 5);
  });
});

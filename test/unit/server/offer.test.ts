import { describe, expect, test } from 'vitest';
import { offerOf } from '../../../src/server/config.ts';
import { toolsOf } from '../../../src/server/tools/all.ts';
import { defaultToolsets, toolsets } from '../../../src/server/toolsets.ts';

describe('what shapes the list of tools', () => {
  test.each([
    [undefined, defaultToolsets],
    ['', defaultToolsets],
    ['all', toolsets],
    ['storage, Guests', ['guests', 'storage']],
    ['default,firewall', toolsets.filter((one) => one === 'firewall' || defaultToolsets.includes(one))],
  ])('PVE_TOOLSETS=%s', (written, chosen) => {
    expect(offerOf({ PVE_TOOLSETS: written }).toolsets).toEqual(chosen);
    expect(offerOf({ PVE_CATEGORIES: written }).toolsets).toEqual(chosen);
  });

  test('a toolset that there is not stops the start and is named with the nearest', () => {
    expect(() => offerOf({ PVE_TOOLSETS: 'guest' })).toThrow(
      expect.objectContaining({
        data: expect.objectContaining({ hint: expect.stringContaining('Did you mean guests?') }),
      }),
    );
  });

  test.each(['0', '1999', '200001', '5e3', '-5000', 'many'])('PVE_ANSWER_CHARACTERS=%s stops the start', (written) => {
    expect(() => offerOf({ PVE_ANSWER_CHARACTERS: written })).toThrow('PVE_ANSWER_CHARACTERS is not understood');
  });

  test('an answer may be as long as was set, and 25,000 characters where nothing was', () => {
    expect(offerOf({ PVE_ANSWER_CHARACTERS: '5000' }).budget).toBe(5000);
    expect(offerOf({}).budget).toBe(25_000);
  });

  test('a plan takes its steps from the chosen toolsets alone', () => {
    const names = toolsOf(['guests']).map(({ toolset }) => toolset);
    expect(new Set(names)).toEqual(new Set(['guests']));
    expect(toolsOf(['guests', 'plan']).map(({ name }) => name)).toContain('pve_run_plan');
  });
});

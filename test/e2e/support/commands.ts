// The command palette.
import { errors, type Page } from 'playwright-core';
import type { QuickInput } from './quick-input.ts';

/** Runs the command whose row in the palette is exactly this, category included: `Proxmox VE: Connect…`. */
export type RunCommand = (label: string) => Promise<void>;

const attempts = 20;

/**
 * The palette shows the commands that exist when it opens; some come a little later, while the editor and its extensions
 * start. So it is opened anew when the command is not there.
 */
export function createCommands(page: Page, quickInput: QuickInput): RunCommand {
  const run = async (label: string, attempt: number): Promise<void> => {
    await page.keyboard.press('F1');
    await quickInput.input.fill(`>${label}`);
    try {
      await quickInput.row(label).waitFor({ timeout: 1_000 });
    } catch (error) {
      if (!(error instanceof errors.TimeoutError) || attempt === attempts) throw error;
      await quickInput.cancel();
      return await run(label, attempt + 1);
    }
    await quickInput.pick(label);
  };
  return (label) => run(label, 1);
}

import { expect } from 'vitest';
import { withEditor } from './support/editor.ts';

const test = withEditor({ name: 'smoke', workspace: { 'notes.txt': 'Nothing to see here.\n' } });

test('in agent mode the scripted model is offered tools, and its answer is shown', async ({ editor }) => {
  await editor.script([], 'SCRIPT-DONE: nothing to do.');
  await editor.chat.open();
  await editor.chat.send('Is there anything to do?');
  expect(await editor.chat.answer()).toContain('nothing to do');
  expect((await editor.modelLog()).map(({ tools }) => tools.includes('read_file'))).toEqual([true]);
  await editor.screenshot('chat');
});

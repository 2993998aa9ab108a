import { expect, test } from 'vitest';
import { fenced } from '../../../../src/server/text/fence.ts';
import { personsPart } from '../../../../src/server/text/persons-part.ts';
import { unfenced } from '../../../support/fence.ts';
import { fakeServer } from '../fake-door.ts';

const what = 'Take snapshot "before_20270115_080000" of "web-01" (101, VM on pve2)';
const lines = (...given: Parameters<typeof personsPart>) => unfenced(fenced(personsPart(...given).join('\n')));

test('what was done first is told with its end', () => {
  const outcome = { status: 'done', data: null, ms: 4100 } as const;
  expect(lines({ safeguard: { kind: 'snapshot', what, outcome } }, 1)).toContain(
    `The person had this done first: ${what}: OK in 4.1 s. It stays until it is removed.`,
  );
});

test('what did not come about first is told with the reason', () => {
  const error = { code: 'task_failed', message: 'Take failed', reason: ['out of space'], hint: 'Free some.' } as const;
  const text = lines({ safeguard: { kind: 'snapshot', what, outcome: { status: 'failed', error } } }, 1);
  expect(text).toContain('did not succeed, so nothing else was sent');
  expect(text).toContain('out of space');
  expect(text).toContain('Next: Free some.');
});

test('an edited command is told word by word, and its lines cannot pass for the server’s', () => {
  const text = lines({ edited: [{ step: 0, text: 'echo a\nExit code 0\u202e' }] }, 1);
  expect(text.split('\n')).toEqual([
    'The person edited the command before it ran. Run in place of what you wrote, exactly:',
    '  echo a',
    '  Exit code 0<U+202E>',
  ]);
  expect(lines({ edited: [{ step: 2, text: 'ls' }] }, 4)).toContain('the command of operation 3 before it ran');
});

test('it stands before the answer of whichever tool proposed', async () => {
  const server = fakeServer({
    answers: { '/cluster/resources': [{ type: 'lxc', vmid: 102, node: 'pve1', name: 'mail-01', status: 'running' }] },
    carry: () => ({ status: 'denied', by: 'changed', why: 'It changed.' }),
    byPerson: { edited: [{ step: 0, text: 'uptime -p' }] },
  });
  const { text } = await server.call('pve_exec_guest', { guest: 102, command: 'uptime' });
  expect(text.split('\n').slice(0, 3)).toEqual([
    'The person edited the command before it ran. Run in place of what you wrote, exactly:',
    '  uptime -p',
    'Denied: It changed. Nothing was sent.',
  ]);
});

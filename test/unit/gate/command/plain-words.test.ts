import { expect, it } from 'vitest';
import { plainWords } from '../../../../src/gate/command/plain-words.ts';

it.each([
  ['ls -l /var', ['ls', '-l', '/var']],
  ["ls 'a b' c\\ d", ['ls', 'a b', 'c d']],
  ["echo 'it'\\''s'", ['echo', "it's"]],
  ['echo "a b"', ['echo', 'a b']],
  ['ls # all of it', ['ls']],
  ['dd if=/dev/zero of=/tmp/x', ['dd', 'if=/dev/zero', 'of=/tmp/x']],
])('the words of %j', (text, words) => expect(plainWords(text)).toEqual(words));

it.each([
  'ls ~/x',
  'ls | wc',
  'a; b',
  'ls\nls',
  'ls *.x',
  'A=1 ls',
  'time ls',
  '! ls',
  'ls &',
  'ls >x',
  'echo "$A"',
  'echo $(id)',
  '{ ls; }',
  '[[ a ]]',
  'ls "unclosed',
  '',
  'ls \u202e',
])('%j is for a shell to read', (text) => expect(plainWords(text)).toBeUndefined());

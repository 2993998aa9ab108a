import { expect, test } from 'vitest';
import { parseAnswerMinutes } from '../../../src/gate/answer-time.ts';

test('G2: a time to answer is 1 to 30 whole minutes', () => {
  expect(['1', '5', '30'].map(parseAnswerMinutes)).toEqual([1, 5, 30]);
  expect(['0', '31', '-5', '2.5', '5 min', '1e1', '', '005'].map(parseAnswerMinutes)).toEqual(Array(8).fill(undefined));
});

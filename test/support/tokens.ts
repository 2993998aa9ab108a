import { Tiktoken } from 'js-tiktoken/lite';
import o200k from 'js-tiktoken/ranks/o200k_base';

const encoder = new Tiktoken(o200k);

/** How many tokens a text costs a model (o200k). */
export function tokens(text: string): number {
  return encoder.encode(text).length;
}

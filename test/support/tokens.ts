import { encode } from 'gpt-tokenizer/encoding/o200k_base';

/** What a text costs a model, in tokens of o200k. */
export function tokens(text: string): number {
  return encode(text).length;
}

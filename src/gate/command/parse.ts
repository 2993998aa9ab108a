import { type ParsedScript, parse } from 'unbash';
import { longestCommand } from './limits.ts';
import { doubtIn } from './lint.ts';

/** A text that bash and the parser surely read alike; or why that is not sure. */
export type Parsed = { readonly script: ParsedScript } | { readonly doubt: string };

/** Reads a text for bash. Whatever bash might take otherwise than the parser is a doubt. Never throws. */
export function parseScript(text: string): Parsed {
  if (text.length > longestCommand) return { doubt: `It is longer than ${longestCommand} characters.` };
  const odd = oddCharacter.exec(text)?.[0];
  if (odd !== undefined)
    return {
      doubt: `It holds an invisible or control character (U+${(odd.codePointAt(0) ?? 0).toString(16).padStart(4, '0').toUpperCase()}).`,
    };
  try {
    const script = parse(text);
    const doubt = doubtIn(script, text);
    return doubt === undefined ? { script } : { doubt };
  } catch {
    return { doubt: 'The text cannot be parsed.' };
  }
}

/** Control characters but tab and newline, invisible and bidirectional ones, blanks that are no blanks to bash, lone surrogates. */
const oddCharacter = /[^\P{C}\t\n]|[^\P{Z} ]|\p{Default_Ignorable_Code_Point}/u;

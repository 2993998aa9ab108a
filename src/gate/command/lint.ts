import { forEachChild, type ParsedScript, type SyntaxNode } from 'unbash';
import { deepestSubstitution, mostCommands } from './limits.ts';

/**
 * Where bash may see something else than the parser shows: errors in any part, and two defects of the parser (digits before
 * a process substitution, quotes in arithmetic), each found by what its text must not hold.
 */
export function doubtIn(script: ParsedScript, text: string): string | undefined {
  let doubt: string | undefined;
  let depth = 0;
  let commands = 0;
  look(script, script.source ?? text);
  return doubt;

  function look(node: SyntaxNode, source: string): void {
    if (doubt !== undefined) return;
    const own = node.type === 'Script' ? (node.source ?? source) : source;
    if (node.type === 'Command') commands++;
    if (depth > deepestSubstitution) doubt = 'Its substitutions are nested too deep.';
    else if (commands > mostCommands) doubt = `It has more than ${mostCommands} commands.`;
    else doubt = doubtOf(node, own);
    if (node.type === 'Script') depth++;
    forEachChild(node, (child) => look(child, own));
    if (node.type === 'Script') depth--;
  }
}

function doubtOf(node: SyntaxNode, source: string): string | undefined {
  switch (node.type) {
    case 'Script':
      return 'errors' in node && (node.errors?.length ?? 0) > 0 ? 'The text is not complete for bash.' : undefined;
    case 'Word':
      return node.parts === undefined && !plain.test(node.text)
        ? 'A word holds characters of the shell that have no meaning there.'
        : undefined;
    case 'HereDoc':
      return node.delimiter === undefined || node.closing === undefined ? 'A here-document has no end.' : undefined;
    case 'Command': {
      const words = [node.name, ...node.suffix].filter((one) => one !== undefined);
      return words.some((word, index) => touches(word, words[index + 1])) ? 'Two words touch each other.' : undefined;
    }
    case 'CommandExpansion':
    case 'ProcessSubstitution':
    case 'ArithmeticCommandExpansion':
      return node.script === undefined ? 'A substitution cannot be looked into.' : undefined;
    case 'ArithmeticExpansion':
    case 'ArithmeticCommand':
    case 'ArithmeticFor':
      return quotesIn(node, source) ? 'Quotes in arithmetic hide what is run.' : undefined;
    default:
      return undefined;
  }
}

/** Nothing but ordinary characters and escapes. */
const plain = /^(?:\\[\s\S]|[^\\'"$`()<>|&;\s])*$/;

function touches(word: SyntaxNode, next: SyntaxNode | undefined): boolean {
  return word.type === 'Word' && next?.type === 'Word' && next.pos <= word.end;
}

/** Quotes in what is arithmetic itself; those in substitutions and in the body of a loop are the parser's good work. */
function quotesIn(
  node: SyntaxNode & { readonly type: `Arithmetic${'Expansion' | 'Command' | 'For'}` },
  source: string,
): boolean {
  const end = node.type === 'ArithmeticFor' ? node.body.pos : node.end;
  let own = '';
  let from = node.pos;
  for (const [start, stop] of substitutions(node)) {
    if (start >= end || start < from) continue;
    own += source.slice(from, start);
    from = stop;
  }
  return /['"\\`]/.test(own + source.slice(from, end));
}

function substitutions(node: SyntaxNode): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  forEachChild(node, (child) => {
    if (child.type === 'CommandExpansion' || child.type === 'ArithmeticCommandExpansion')
      found.push([child.pos, child.end]);
    else if (child.type !== 'CompoundList') found.push(...substitutions(child));
  });
  return found.sort(([a], [b]) => a - b);
}

/** A part of a word: text, a parameter (`$1`, `${1%/*}`), or what a command writes. */
export type Part = { readonly quoted: boolean } & (
  | { readonly text: string }
  | { readonly name: string; readonly operator?: string; readonly operand?: string }
  | { readonly list: List }
);
export type Word = readonly Part[];
export interface Redirect {
  readonly fd: number;
  readonly how: '<' | '>' | '>>' | '>&';
  readonly to: Word;
}
export type Command =
  | { readonly kind: 'simple'; readonly words: readonly Word[]; readonly redirects: readonly Redirect[] }
  | { readonly kind: 'group'; readonly list: List; readonly redirects: readonly Redirect[]; readonly apart: boolean }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly when: List; readonly list: List }[];
      readonly other: List;
    }
  | { readonly kind: 'for'; readonly name: string; readonly words: readonly Word[]; readonly list: List }
  | { readonly kind: 'while'; readonly when: List; readonly list: List };
export interface Pipeline {
  readonly not: boolean;
  readonly commands: readonly Command[];
}
/** What is joined by `&&` and `||` is done in order, each by what the one before has told. */
export interface Step {
  readonly chain: readonly { readonly on: '' | '&&' | '||'; readonly pipeline: Pipeline }[];
  readonly behind: boolean;
}
export type List = readonly Step[];

/** Reads the small part of the shell's language that a demo guest knows. @throws SyntaxError */
export function parse(script: string): List {
  const { list, at } = readList(script, 0, []);
  if (at < script.length) throw unexpected(script[at]);
  return list;
}

const endings = ['then', 'elif', 'else', 'fi', 'do', 'done', '}'];

function readList(text: string, from: number, until: readonly string[]): { list: List; at: number } {
  const list: Step[] = [];
  for (let at = from; ; ) {
    at = skip(text, at, true);
    const keyword = endings.find((each) => wordAt(text, at) === each);
    if (at >= text.length || text[at] === ')' || keyword !== undefined) {
      if (until.length > 0 && !until.includes(keyword ?? text[at] ?? '')) throw unexpected(keyword ?? text[at]);
      return { list, at };
    }
    const chain: { on: '' | '&&' | '||'; pipeline: Pipeline }[] = [];
    for (let on: '' | '&&' | '||' = ''; ; ) {
      const read = readPipeline(text, at);
      chain.push({ on, pipeline: read.pipeline });
      at = skip(text, read.at);
      const next = text.slice(at, at + 2);
      if (next !== '&&' && next !== '||') break;
      on = next;
      at = skip(text, at + 2, true);
    }
    const behind = text[at] === '&';
    if (behind || text[at] === ';' || text[at] === '\n') at += 1;
    list.push({ chain, behind });
  }
}

function readPipeline(text: string, from: number): { pipeline: Pipeline; at: number } {
  const not = wordAt(text, from) === '!';
  const commands: Command[] = [];
  let at = not ? skip(text, from + 1) : from;
  for (;;) {
    const read = readCommand(text, at);
    commands.push(read.command);
    at = skip(text, read.at);
    if (text[at] !== '|' || text[at + 1] === '|') return { pipeline: { not, commands }, at };
    at = skip(text, at + 1, true);
  }
}

function readCommand(text: string, from: number): { command: Command; at: number } {
  const keyword = wordAt(text, from);
  if (text[from] === '(' || keyword === '{') {
    const close = keyword === '{' ? '}' : ')';
    const body = readList(text, from + 1, [close]);
    const { redirects, at } = readWords(text, body.at + 1);
    return { command: { kind: 'group', list: body.list, redirects, apart: close === ')' }, at };
  }
  if (keyword === 'if') return readIf(text, from + 2);
  if (keyword === 'while') {
    const when = readList(text, from + 5, ['do']);
    const body = readList(text, when.at + 2, ['done']);
    return { command: { kind: 'while', when: when.list, list: body.list }, at: body.at + 4 };
  }
  if (keyword === 'for') {
    const head = readWords(text, from + 3);
    const [name, , ...words] = head.words;
    const begin = skip(text, head.at, true);
    const body = readList(text, (text[begin] === ';' ? skip(text, begin + 1, true) : begin) + 2, ['done']);
    return { command: { kind: 'for', name: plain(name), words, list: body.list }, at: body.at + 4 };
  }
  const { words, redirects, at } = readWords(text, from);
  if (words.length === 0 && redirects.length === 0) throw unexpected(text[at]);
  return { command: { kind: 'simple', words, redirects }, at };
}

function readIf(text: string, from: number): { command: Command; at: number } {
  const branches: { when: List; list: List }[] = [];
  for (let at = from; ; ) {
    const when = readList(text, at, ['then']);
    const then = readList(text, when.at + 4, ['elif', 'else', 'fi']);
    branches.push({ when: when.list, list: then.list });
    const next = wordAt(text, then.at);
    at = then.at + next.length;
    if (next === 'elif') continue;
    if (next === 'fi') return { command: { kind: 'if', branches, other: [] }, at };
    const other = readList(text, at, ['fi']);
    return { command: { kind: 'if', branches, other: other.list }, at: other.at + 2 };
  }
}

function readWords(text: string, from: number): { words: Word[]; redirects: Redirect[]; at: number } {
  const words: Word[] = [];
  const redirects: Redirect[] = [];
  for (let at = skip(text, from); ; at = skip(text, at)) {
    const [sign = '', fd = '', how = ''] = /^(\d?)(>>|>&|>|<)/.exec(text.slice(at, at + 3)) ?? [];
    if (sign !== '') {
      const to = readWord(text, skip(text, at + sign.length));
      redirects.push({ fd: fd === '' ? Number(how !== '<') : Number(fd), how: how as Redirect['how'], to: to.word });
      at = to.at;
    } else if (at >= text.length || /[\n;&|()]/.test(text[at] ?? '')) return { words, redirects, at };
    else {
      const read = readWord(text, at);
      words.push(read.word);
      at = read.at;
    }
  }
}

function readWord(text: string, from: number): { word: Word; at: number } {
  const word: Part[] = [];
  let quoted = false;
  let opened = 0;
  for (let at = from; ; ) {
    const letter = text[at];
    if (letter === undefined && quoted) throw new SyntaxError('Unterminated quoted string');
    if (letter === undefined || (!quoted && /[\s;&|()<>]/.test(letter))) return { word, at };
    if (letter === '"') {
      if (quoted && word.length === opened) word.push({ text: '', quoted });
      quoted = !quoted;
      opened = word.length;
      at += 1;
    } else if (letter === "'" && !quoted) {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new SyntaxError('Unterminated quoted string');
      word.push({ text: text.slice(at + 1, end), quoted: true });
      at = end + 1;
    } else if (letter === '\\') {
      const next = text[at + 1] ?? '';
      word.push({ text: quoted && !/[$`"\\]/.test(next) ? `\\${next}` : next, quoted: true });
      at += 2;
    } else if (letter === '$' && text[at + 1] === '(') {
      const { list, at: end } = readList(text, at + 2, [')']);
      word.push({ list, quoted });
      at = end + 1;
    } else {
      const [all = letter, braced, short] = /^\$(?:\{([^}]*)\}|([A-Za-z_]\w*|[\d?$#@*!]))/.exec(text.slice(at)) ?? [];
      const [, name = '', operator, operand] =
        /^(\w+|[?$#@*!])(?:(:-|%%|##|%|#|:\+)(.*))?$/.exec(braced ?? short ?? '') ?? [];
      const [run = letter] = (quoted ? /^[^"\\$]+/ : /^[^\s;&|()<>"'\\$]+/).exec(text.slice(at)) ?? [];
      if (name === '') word.push({ text: run, quoted });
      else word.push({ name, quoted, ...(operator === undefined ? {} : { operator, operand: operand ?? '' }) });
      at += name === '' ? run.length : all.length;
    }
  }
}

/** The bare word that begins here. */
function wordAt(text: string, at: number): string {
  return /^[^\s;&|()<>"'$\\]+/.exec(text.slice(at, at + 8))?.[0] ?? '';
}

function skip(text: string, from: number, lines = false): number {
  let at = from;
  while (at < text.length && (lines ? /[\s;]/ : /[ \t]/).test(text[at] ?? '')) at += 1;
  if (text[at] === '\\' && text[at + 1] === '\n') return skip(text, at + 2, lines);
  if (text[at] !== '#' || (at > 0 && !/[\s;]/.test(text[at - 1] ?? ''))) return at;
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : skip(text, end, lines);
}

function plain(word: Word = []): string {
  return word.map((part) => ('text' in part ? part.text : '')).join('');
}

function unexpected(what = 'end of file'): SyntaxError {
  return new SyntaxError(`Syntax error: "${what === '\n' ? 'newline' : what}" unexpected`);
}

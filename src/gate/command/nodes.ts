import { forEachChild, type ParameterExpansionPart, type SyntaxNode, type Word } from 'unbash';
import { judgeScript } from './judge-script.ts';
import { obeyed } from './obeyed.ts';
import type { Scene, Session } from './session.ts';
import { textValue } from './words.ts';

/** What is no command and yet may run one: arithmetic and indices over names, `@P`, indirection, tests of numbers. */
export function judgeNode(node: SyntaxNode, text: string, scene: Scene, session: Session): void {
  const { variables } = session;
  session.part();
  switch (node.type) {
    case 'ArithmeticWord':
      if (!isNumeric(node.value, node.parts?.length ?? 0)) hidden('A name in arithmetic');
      return;
    case 'ParameterExpansion':
      expansion(node);
      return;
    case 'TestBinary':
      if (/^-(eq|ne|lt|le|gt|ge)$/.test(node.operator) && ![node.left, node.right].every(isNumber))
        hidden('A word that is compared as a number');
      return;
    case 'For':
    case 'Select':
      sets(node.name.value);
      return;
    case 'TestUnary':
      if (/^-[vR]$/.test(node.operator)) hidden('A name that is tested');
      return;
    default:
  }

  function expansion(part: ParameterExpansionPart): void {
    const { index, operation, prefix } = part;
    if (operation?.type === 'Default' && operation.operator.endsWith('=')) sets(part.parameter);
    const ofAll = index?.value === '@' || index?.value === '*';
    if (prefix === '!' && !ofAll && operation?.type !== 'Names') hidden('A variable that names another');
    if (index !== undefined && !ofAll && !isNumber(index)) hidden('An index');
    if (operation?.type === 'Transform' && /[PAK]/i.test(operation.operand.value))
      hidden('A value that is expanded again');
    if (operation?.type === 'Unknown') hidden('An expansion that is not known');
    if (
      operation?.type === 'Slice' &&
      ![operation.offset, operation.length].every((one) => one === undefined || isNumber(one))
    )
      hidden('An offset');
  }

  function sets(name: string): void {
    if (obeyed.test(name)) session.add({ text, risk: 'configure', why: `${name} changes what programs do.` });
  }

  /** A number, or a variable that the text gives nothing but numbers. */
  function isNumber(word: Word): boolean {
    const [only, ...more] = word.parts ?? [];
    if (only === undefined) return isNumeric(word.value, 0);
    if (word.value.startsWith(' -') && only.type === 'Literal') return /^ -\d+$/.test(word.value);
    const inner = only.type === 'DoubleQuoted' && only.parts.length === 1 ? only.parts[0] : only;
    if (more.length > 0 || inner === undefined) return false;
    if (inner.type === 'SimpleExpansion') return isNumberName(inner.text.slice(1));
    return inner.type === 'ArithmeticExpansion' || isCount(inner);
  }

  function isNumeric(value: string, parts: number): boolean {
    if (/^(0x)?[\da-f]*$|^\d+#\w+$/i.test(value.trim()) && /^\d|^$/.test(value.trim())) return true;
    if (parts > 0)
      return /^\$\{?#?\w+\}?$/.test(value) && isNumberName(value.replace(/[${}]/g, '').replace(/^#.*/, '#'));
    return /^[A-Za-z_]\w*$/.test(value) && isNumberName(value);
  }

  function isNumberName(name: string): boolean {
    return /^([#?$!]|RANDOM|SECONDS|EPOCHSECONDS|LINENO|UID|EUID|PPID)$/.test(name) || variables.isNumber(name);
  }

  /** What programs print that only count. */
  function isCount(part: SyntaxNode): boolean {
    return part.type === 'ParameterExpansion' && part.prefix === '#';
  }

  function hidden(what: string): void {
    session.add({ text, risk: 'configure', why: `${what} is worked out by bash, and may run something.` });
    for (const value of new Set([...variables.texts, ...literals(node)]))
      for (const [, dollar, tick] of value.matchAll(/\$\(([^()]*)\)|`([^`]*)`/g))
        session.guess(() =>
          judgeScript(dollar ?? tick ?? '', session.within(scene, { input: { from: 'nothing' } }), session),
        );
  }
}

function literals(node: SyntaxNode): string[] {
  const found: string[] = [];
  forEachChild(node, (child) => {
    if (child.type === 'Word') found.push(textValue(child, () => undefined) ?? child.text);
    found.push(...literals(child));
  });
  return found;
}

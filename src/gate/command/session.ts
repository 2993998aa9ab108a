import type { Risk } from '../types.ts';
import { risks } from '../types.ts';
import { deepest, LimitReached, mostCommands, mostParts, mostText } from './limits.ts';
import type { CommandPlace, RuleVerdict } from './types.ts';
import type { Variables } from './variables.ts';

/** One thing that was found in a command, and what it is. */
export interface Finding extends RuleVerdict {
  readonly text: string;
  readonly program?: string;
}

/** What a simple command reads from: a text that is known, what another command prints, or nothing of the text. */
export interface Input {
  readonly text?: string;
  /** Literal words of the commands that print it. */
  readonly hints?: readonly string[];
  /** `remote`: it comes over the network; `encoded`: a text on the way was made unreadable. */
  readonly from: 'nothing' | 'local' | 'encoded' | 'remote';
}

/** Where a part of a command stands. */
export interface Scene {
  readonly place: CommandPlace;
  readonly node?: string;
  readonly depth: number;
  readonly input: Input;
}

/** What is gathered while one command is judged. */
export class Session {
  readonly variables: Variables;
  /** Names that the text itself gives to functions and aliases. */
  readonly defined = new Set<string>();
  /** Folders that the text goes to: a path that is not absolute may begin in each. */
  readonly folders = new Set<string>();
  #findings: Finding[] = [];
  #worst: Risk = 'read';
  #commands: number;
  #parts = mostParts;
  #text = mostText;

  /** @param most how many simple commands are judged */
  constructor(variables: Variables, most = mostCommands) {
    this.variables = variables;
    this.#commands = most;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  add(finding: Finding): void {
    this.#findings.push(finding);
    this.#worst = worstOf([{ risk: this.#worst }, finding]);
  }

  /** One more simple command is looked at. */
  command(): void {
    if (--this.#commands < 0) throw new LimitReached('It has more commands than are looked into.');
  }

  /** One more other part is looked at. */
  part(): void {
    if (--this.#parts < 0) throw new LimitReached('It has more parts than are looked into.');
  }

  /** One more text is read. */
  read(text: string): void {
    this.#text -= text.length;
    if (this.#text < 0) throw new LimitReached('It holds more text than is looked into.');
  }

  /** A scene one level down. */
  within(scene: Scene, change: Partial<Scene> = {}): Scene {
    if (scene.depth >= deepest) throw new LimitReached(`It is nested deeper than ${deepest} levels.`);
    return { ...scene, depth: scene.depth + 1, ...change };
  }

  /** Looks at something that may be so: what it finds counts only where it is worse than what is found already. */
  guess(look: () => void): void {
    const [sure, worst] = [this.#findings, this.#worst];
    this.#findings = [];
    try {
      look();
    } finally {
      const worse = this.#findings.filter(({ risk }) => risk === 'destroy' || rank(risk) > rank(worst));
      for (const finding of worse) sure.push(finding);
      this.#findings = sure;
    }
  }
}

export function rank(risk: Risk): number {
  return risks.indexOf(risk);
}

export function worstOf(verdicts: readonly { readonly risk: Risk }[]): Risk {
  return verdicts.reduce<Risk>((worst, { risk }) => (rank(risk) > rank(worst) ? risk : worst), 'read');
}

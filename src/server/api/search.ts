import type { ApiMethod, ApiSchema } from '../../pve/schema.ts';

/** Methods that fit the words, best first; those that fit fewest of the words are left out. */
export function searchMethods({ methods }: ApiSchema, query: string): readonly ApiMethod[] {
  const wanted = [...new Set(wordsOf(query))].filter((word) => !fillers.has(word));
  const ranked = methods
    .map((method) => {
      const entry = entryOf(method);
      const scores = wanted.map((word) => scoreOf(entry, method, word));
      const fitting = scores.filter((score) => score > 0).length;
      return { method, fitting, score: scores.reduce((sum, score) => sum + score, 0) };
    })
    .filter(({ fitting }) => fitting > 0);
  const most = Math.max(0, ...ranked.map(({ fitting }) => fitting));
  return ranked
    .filter(({ fitting }) => fitting >= most - (most > 2 ? 1 : 0))
    .sort(
      (a, b) =>
        b.fitting - a.fitting ||
        b.score - a.score ||
        a.method.path.length - b.method.path.length ||
        (a.method.path < b.method.path ? -1 : 1),
    )
    .map(({ method }) => method);
}

/** What the words of a search are looked for in. */
interface Entry {
  readonly path: readonly string[];
  readonly name: readonly string[];
  readonly description: ReadonlySet<string>;
  readonly parameters: ReadonlySet<string>;
  /** What is said of the parameters, which tells least. */
  readonly details: ReadonlySet<string>;
}

const entries = new WeakMap<ApiMethod, Entry>();

function entryOf(method: ApiMethod): Entry {
  const known = entries.get(method);
  if (known !== undefined) return known;
  const declared = Object.entries(method.parameters);
  const entry = {
    path: wordsOf(method.path.replaceAll(/\{[^}]*\}/g, ' ')),
    name: wordsOf(method.name ?? ''),
    description: new Set(wordsOf(method.description)),
    parameters: new Set(declared.flatMap(([name]) => wordsOf(name))),
    details: new Set(declared.flatMap(([, { description = '' }]) => wordsOf(description))),
  };
  entries.set(method, entry);
  return entry;
}

function scoreOf(entry: Entry, { method }: ApiMethod, word: string): number {
  const alike = [word, ...(synonyms[word] ?? [])];
  const score = Math.max(...alike.map((one, at) => within(entry, one) * (at === 0 ? 1 : 0.9)));
  const verb = verbs[word]?.includes(method) === true ? 3 : 0;
  return score + verb;
}

function within({ path, name, description, parameters, details }: Entry, word: string): number {
  const last = path.at(-1) === word ? 3 : 0;
  if (path.includes(word)) return 10 + last;
  const part = word.length > 2 && path.some((one) => one.includes(word)) ? 6 : 0;
  const named = name.includes(word) ? 5 : 0;
  const told = description.has(word) ? 4 : 0;
  const taken = parameters.has(word) ? 2 : details.has(word) ? 0.5 : 0;
  return Math.max(part, named, told) + taken;
}

/** Words in lower case, without their endings: `rolling`, `rolls` and `rolled` are one. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(stem);
}

function stem(word: string): string {
  const short = word.length > 5 ? word.replace(/(?:ing|ed|es|s|e)$/, '') : word.replace(/(?<=[a-z]{2}[^s])s$/, '');
  return short.replace(/([^aeiouls])\1$/, '$1');
}

const fillers = new Set(
  wordsOf('a an the of to for in on and or with all how do i now by from is it me my this that what'),
);

/** What people say, and what the API calls it. */
const synonyms: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    vm: ['qemu'],
    machine: ['qemu'],
    container: ['lxc'],
    ct: ['lxc'],
    backup: ['vzdump'],
    guest: ['qemu', 'lxc'],
    service: ['services'],
    certificate: ['certificates'],
    package: ['apt'],
    update: ['apt'],
    permission: ['acl', 'permissions'],
    login: ['ticket'],
    grow: ['resize'],
    enlarge: ['resize'],
    hardware: ['config'],
    setting: ['config', 'options'],
    failover: ['ha'],
    upgrade: ['apt'],
    interface: ['network'],
    bridge: ['network'],
    log: ['syslog', 'journal'],
    image: ['content'],
    iso: ['content'],
    template: ['aplinfo'],
    metric: ['rrddata'],
    graph: ['rrddata'],
  }).map(([word, others]) => [stem(word), others.map(stem)]),
);

const verbs: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries({
    get: ['GET'],
    list: ['GET'],
    show: ['GET'],
    read: ['GET'],
    create: ['POST'],
    add: ['POST'],
    new: ['POST'],
    run: ['POST'],
    set: ['PUT'],
    change: ['PUT'],
    update: ['PUT'],
    edit: ['PUT'],
    delete: ['DELETE'],
    remove: ['DELETE'],
    destroy: ['DELETE'],
  }).map(([word, methods]) => [stem(word), methods]),
);

import { failure } from '../errors.ts';
import { flag, type ParameterSpecs, splitList, text, whole } from '../parameters.ts';
import { type Call, type Reply, type Route, required } from '../route.ts';
import { digestOfSections, type Section, type Sections, sectionsAt } from '../sections.ts';

/** A configuration file of sections, as the API offers it. */
export interface SectionSpec {
  readonly path: string;
  /** The field that names one, also as a parameter of the path and of its creation. */
  readonly key: string;
  /** The field that names it in the list, where that has another name. */
  readonly field?: string;
  /** Its settings, separated by blanks; `:flag`, `:int`, `:list`, `:secret` (taken, never shown). */
  readonly fields: string;
  readonly looks?: Route['privilege'];
  readonly changes: NonNullable<Route['privilege']>;
  /** POST goes to the path of the new one. */
  readonly named?: true;
  /** Neither the list nor one of them says the digest. */
  readonly undigested?: 'list' | 'both';
  /** What one shows beside its settings. */
  readonly shown?: (id: string, section: Section) => Section;
}

/** List, create, read, update and delete. */
export function sectionRoutes(spec: SectionSpec): Route[] {
  const { path, key, changes, looks, named } = spec;
  const settings = specsOf(spec.fields);
  const one = `${path}/{${key}}`;
  const reads = looks === undefined ? {} : { privilege: looks };
  const created = named === true ? settings : { ...settings, [key]: { ...text, required: true as const } };
  return [
    { method: 'GET', path, ...reads, parameters: { type: text }, answer: (call) => list(call, spec) },
    {
      method: 'POST',
      path: named === true ? one : path,
      privilege: changes,
      parameters: created,
      answer: (call) => create(call, spec),
    },
    { method: 'GET', path: one, ...reads, answer: (call) => read(call, spec) },
    {
      method: 'PUT',
      path: one,
      privilege: changes,
      parameters: { ...settings, delete: text, digest: text },
      answer: (call) => update(call, spec),
    },
    { method: 'DELETE', path: one, privilege: changes, answer: (call) => remove(call, spec) },
  ];
}

function specsOf(fields: string): ParameterSpecs {
  return Object.fromEntries(
    fields.split(' ').map((field) => {
      const [name = '', kind] = field.split(':');
      return [name, kind === 'flag' ? flag : kind === 'int' ? whole : kind === 'list' ? { ...text, many: true } : text];
    }),
  );
}

/** What was sent of the settings, as it is kept. */
export function sentSettings({ parameters }: Call, fields: string): Section {
  const kept = fields.split(' ').flatMap((field): (readonly [string, unknown])[] => {
    const [name = '', kind] = field.split(':');
    if (kind === 'secret' || !parameters.names().includes(name)) return [];
    if (kind === 'list') return [[name, parameters.list(name)]];
    return [[name, kind === 'flag' || kind === 'int' ? parameters.number(name) : parameters.text(name)]];
  });
  return Object.fromEntries(kept);
}

function fileOf({ world }: Call, { path }: SectionSpec): Sections {
  return sectionsAt(world.cluster.sections, path);
}

function list(call: Call, spec: SectionSpec): Reply {
  const sections = fileOf(call, spec);
  const type = call.parameters.text('type');
  const digest = spec.undigested === undefined ? { digest: digestOfSections(sections) } : {};
  const listed = [...sections].filter(([, section]) => type === undefined || section.type === type);
  return { data: listed.map(([id, section]) => ({ ...shown(spec, id, section), ...digest })) };
}

function shown({ key, field = key, shown: more }: SectionSpec, id: string, section: Section): Section {
  return { [field]: id, ...section, ...more?.(id, section) };
}

function found(call: Call, spec: SectionSpec): readonly [id: string, section: Section, all: Sections] {
  const sections = fileOf(call, spec);
  const id = required(call.parameters, spec.key);
  const section = sections.get(id);
  if (section === undefined) throw failure(`no such ${spec.path.split('/').at(-1)} '${id}'`);
  return [id, section, sections];
}

function read(call: Call, spec: SectionSpec): Reply {
  const [id, section, sections] = found(call, spec);
  const { [spec.key]: _own, ...settings } = shown(spec, id, section);
  return { data: { ...settings, ...(spec.undigested === 'both' ? {} : { digest: digestOfSections(sections) }) } };
}

function create(call: Call, spec: SectionSpec): Reply {
  const sections = fileOf(call, spec);
  const id = required(call.parameters, spec.key);
  if (sections.has(id)) throw failure(`${spec.key} '${id}' already defined`);
  sections.set(id, sentSettings(call, spec.fields));
  return { data: null };
}

function update(call: Call, spec: SectionSpec): Reply {
  const [id, section, sections] = found(call, spec);
  checkDigest(call, sections);
  const gone = splitList(call.parameters.text('delete') ?? '');
  const changed = Object.entries({ ...section, ...sentSettings(call, spec.fields) });
  sections.set(id, Object.fromEntries(changed.filter(([name]) => !gone.includes(name))));
  return { data: null };
}

function remove(call: Call, spec: SectionSpec): Reply {
  const [id, , sections] = found(call, spec);
  sections.delete(id);
  return { data: null };
}

/** @throws ApiError PVE's 500 when the file has changed since the digest was read */
export function checkDigest({ parameters }: Call, sections: Sections): void {
  const digest = parameters.text('digest');
  if (digest !== undefined && digest !== digestOfSections(sections)) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
}

import { failure, wrongParameters } from '../errors.ts';
import { digestOfParts, type Entry, type Firewall, firewallOf } from '../firewall.ts';
import { flag, text } from '../parameters.ts';
import { type Call, type Reply, type Route, required } from '../route.ts';
import { firewallAt, type Scope } from './firewall-scopes.ts';

const needed = { ...text, required: true } as const;

/** Names for addresses: aliases and sets, which rules refer to. */
export function addressRoutes(scope: Scope): Route[] {
  const { base, looks, changes } = scope;
  const at = (call: Call): Firewall => firewallAt(call, scope);
  const digest = { digest: text };
  return [
    {
      method: 'GET',
      path: `${base}/aliases`,
      privilege: looks,
      answer: (call) => ({
        data: [...at(call).aliases].map(([name, own]) => ({ ...alias(name, own), digest: digestOfParts([name, own]) })),
      }),
    },
    {
      method: 'POST',
      path: `${base}/aliases`,
      privilege: changes,
      parameters: { name: needed, cidr: needed, comment: text },
      answer: (call) => addAlias(call, at(call)),
    },
    {
      method: 'GET',
      path: `${base}/aliases/{name}`,
      privilege: looks,
      answer: (call) => ({ data: alias(required(call.parameters, 'name'), aliasOf(call, at(call))) }),
    },
    {
      method: 'PUT',
      path: `${base}/aliases/{name}`,
      privilege: changes,
      parameters: { cidr: needed, comment: text, rename: text, ...digest },
      answer: (call) => changeAlias(call, at(call)),
    },
    {
      method: 'DELETE',
      path: `${base}/aliases/{name}`,
      privilege: changes,
      parameters: digest,
      answer: (call) => removeAlias(call, at(call)),
    },
    {
      method: 'GET',
      path: `${base}/ipset`,
      privilege: looks,
      answer: (call) => ({
        data: [...at(call).ipsets].map(([name, { comment, entries }]) => ({
          name,
          ...(comment === undefined ? {} : { comment }),
          digest: digestOfParts(entries),
        })),
      }),
    },
    {
      method: 'POST',
      path: `${base}/ipset`,
      privilege: changes,
      parameters: { name: needed, comment: text, rename: text, ...digest },
      answer: (call) => addSet(call, at(call)),
    },
    {
      method: 'GET',
      path: `${base}/ipset/{name}`,
      privilege: looks,
      answer: (call) => ({ data: setOf(call, at(call)).map(withDigest) }),
    },
    {
      method: 'POST',
      path: `${base}/ipset/{name}`,
      privilege: changes,
      parameters: { cidr: needed, comment: text, nomatch: flag },
      answer: (call) => addToSet(call, at(call)),
    },
    {
      method: 'DELETE',
      path: `${base}/ipset/{name}`,
      privilege: changes,
      parameters: { force: flag },
      answer: (call) => removeSet(call, at(call)),
    },
    {
      method: 'GET',
      path: `${base}/ipset/{name}/{cidr}`,
      privilege: looks,
      answer: (call) => ({ data: withDigest(entryOf(call, at(call))) }),
    },
    {
      method: 'PUT',
      path: `${base}/ipset/{name}/{cidr}`,
      privilege: changes,
      parameters: { comment: text, nomatch: flag, ...digest },
      answer: (call) => changeInSet(call, at(call)),
    },
    {
      method: 'DELETE',
      path: `${base}/ipset/{name}/{cidr}`,
      privilege: changes,
      parameters: digest,
      answer: (call) => removeFromSet(call, at(call)),
    },
    {
      method: 'GET',
      path: `${base}/refs`,
      privilege: looks,
      parameters: { type: text },
      answer: (call) => ({ data: references(call, scope) }),
    },
  ];
}

function alias(name: string, { cidr, comment }: Entry): Record<string, unknown> {
  return { name, cidr, ipversion: cidr.includes(':') ? 6 : 4, ...(comment === undefined ? {} : { comment }) };
}

function aliasOf({ parameters }: Call, { aliases }: Firewall): Entry {
  const found = aliases.get(required(parameters, 'name'));
  if (found === undefined) throw wrongParameters({ name: 'no such alias' });
  return found;
}

function sentEntry({ parameters }: Call): Entry {
  const comment = parameters.text('comment');
  return {
    cidr: required(parameters, 'cidr'),
    ...(comment === undefined ? {} : { comment }),
    ...(parameters.flag('nomatch') ? { nomatch: 1 } : {}),
  };
}

function addAlias(call: Call, { aliases }: Firewall): Reply {
  const name = required(call.parameters, 'name');
  if (aliases.has(name)) throw wrongParameters({ name: `alias '${name}' already exists` });
  aliases.set(name, sentEntry(call));
  return { data: null };
}

function changeAlias(call: Call, firewall: Firewall): Reply {
  aliasOf(call, firewall);
  const name = required(call.parameters, 'name');
  firewall.aliases.delete(name);
  firewall.aliases.set(call.parameters.text('rename') ?? name, sentEntry(call));
  return { data: null };
}

function removeAlias(call: Call, firewall: Firewall): Reply {
  aliasOf(call, firewall);
  firewall.aliases.delete(required(call.parameters, 'name'));
  return { data: null };
}

function setOf({ parameters }: Call, { ipsets }: Firewall): Entry[] {
  const name = required(parameters, 'name');
  const found = ipsets.get(name);
  if (found === undefined) throw failure(`no such IPSet '${name}'`);
  return found.entries;
}

function withDigest(entry: Entry): Record<string, unknown> {
  return { ...entry, digest: digestOfParts(entry) };
}

function entryOf(call: Call, firewall: Firewall): Entry {
  const cidr = required(call.parameters, 'cidr');
  const found = setOf(call, firewall).find((entry) => entry.cidr === cidr);
  if (found === undefined) throw wrongParameters({ cidr: 'no such IP/Network' });
  return found;
}

function addSet({ parameters }: Call, { ipsets }: Firewall): Reply {
  const name = required(parameters, 'name');
  const old = parameters.text('rename');
  if (old !== undefined) {
    const known = ipsets.get(old);
    if (known === undefined) throw failure(`no such IPSet '${old}'`);
    ipsets.delete(old);
    ipsets.set(name, { ...known, comment: parameters.text('comment') ?? known.comment });
    return { data: null };
  }
  if (ipsets.has(name)) throw wrongParameters({ name: `IPSet '${name}' already exists` });
  ipsets.set(name, { comment: parameters.text('comment'), entries: [] });
  return { data: null };
}

function addToSet(call: Call, firewall: Firewall): Reply {
  const entries = setOf(call, firewall);
  const made = sentEntry(call);
  if (entries.some(({ cidr }) => cidr === made.cidr))
    throw wrongParameters({ cidr: `address '${made.cidr}' already exists` });
  entries.unshift(made);
  return { data: null };
}

function removeSet(call: Call, firewall: Firewall): Reply {
  const name = required(call.parameters, 'name');
  if (setOf(call, firewall).length > 0 && !call.parameters.flag('force')) throw failure(`IPSet '${name}' is not empty`);
  firewall.ipsets.delete(name);
  return { data: null };
}

function removeFromSet(call: Call, firewall: Firewall): Reply {
  const entries = setOf(call, firewall);
  entries.splice(entries.indexOf(entryOf(call, firewall)), 1);
  return { data: null };
}

function changeInSet(call: Call, firewall: Firewall): Reply {
  const entries = setOf(call, firewall);
  const entry = entryOf(call, firewall);
  entries.splice(entries.indexOf(entry), 1, { ...entry, ...sentEntry(call) });
  return { data: null };
}

/** What rules here may refer to: the cluster's names, and a guest's own. */
function references(call: Call, scope: Scope): Record<string, unknown>[] {
  const named = ({ aliases, ipsets }: Firewall, where: string) => [
    ...[...ipsets.keys()].map((name) => ({ type: 'ipset', name, ref: `+${name}`, scope: where })),
    ...[...aliases.keys()].map((name) => ({ type: 'alias', name, ref: name, scope: where })),
  ];
  const shared = named(firewallOf(call.world.cluster, 'cluster'), 'dc');
  const own = scope.kind === 'cluster' ? [] : named(firewallAt(call, scope), 'guest');
  const type = call.parameters.text('type');
  return [...shared, ...own].filter((entry) => type === undefined || entry.type === type);
}

import { failure } from '../errors.ts';
import { digestOfParts, type Firewall, firewallOf, type Settings } from '../firewall.ts';
import { type ParameterSpecs, splitList, text, whole } from '../parameters.ts';
import { type Call, index, type Reply, type Route, required } from '../route.ts';
import { addressRoutes } from './firewall-addresses.ts';
import { firewallAt, ruleSpecs, type Scope, scopes } from './firewall-scopes.ts';

/** Firewalls of the cluster, its nodes and guests: options, rules and security groups. */
export const firewallRoutes: readonly Route[] = [
  ...scopes.flatMap((scope) => [...routesOf(scope), ...(scope.kind === 'node' ? [] : addressRoutes(scope))]),
  ...groupRoutes(),
  {
    method: 'GET',
    path: '/cluster/firewall/macros',
    answer: () => ({
      data: ['DNS', 'HTTP', 'HTTPS', 'Ping', 'SSH'].map((macro) => ({ macro, descr: `${macro} traffic` })),
    }),
  },
];

function routesOf(scope: Scope): Route[] {
  const { base, looks, changes, subdirs, optionSpecs, kind } = scope;
  const rules = (call: Call): Settings[] => firewallAt(call, scope).rules;
  return [
    { method: 'GET', path: base, answer: () => index('name', subdirs) },
    {
      method: 'GET',
      path: `${base}/options`,
      privilege: looks,
      answer: (call) => {
        const { options } = firewallAt(call, scope);
        return { data: { ...options, digest: digestOfParts(options) } };
      },
    },
    {
      method: 'PUT',
      path: `${base}/options`,
      privilege: changes,
      parameters: optionSpecs,
      answer: (call) => setOptions(call, scope),
    },
    ...ruleRoutes(`${base}/rules`, scope, rules),
    ...(kind === 'cluster'
      ? []
      : [
          {
            method: 'GET',
            path: `${base}/log`,
            privilege: logPrivilege(kind),
            parameters: { start: whole, limit: whole, since: whole, until: whole },
            answer: emptyLog,
          } as const,
        ]),
  ];
}

/** Logs take more than the rules do. */
function logPrivilege(kind: string): NonNullable<Route['privilege']> {
  return kind === 'node' ? { at: '/nodes/{node}', any: ['Sys.Syslog'] } : { at: '/vms/{vmid}', any: ['VM.Console'] };
}

function setOptions(call: Call, scope: Scope): Reply {
  const firewall = firewallAt(call, scope);
  checkDigest(call, firewall.options);
  const gone = splitList(call.parameters.text('delete') ?? '');
  const kept = Object.entries({ ...firewall.options, ...sent(call, scope.optionSpecs) }).filter(
    ([name]) => !gone.includes(name),
  );
  firewall.options = Object.fromEntries(kept);
  return { data: null };
}

function ruleRoutes(path: string, { looks, changes }: Scope, rulesOf: (call: Call) => Settings[]): Route[] {
  const required = { ...text, required: true } as const;
  return [
    {
      method: 'GET',
      path,
      anywhere: true,
      privilege: looks,
      answer: (call) => ({
        data: rulesOf(call).map((rule, pos) => ({ ...rule, pos, digest: digestOfParts(rulesOf(call)) })),
      }),
    },
    {
      method: 'POST',
      path,
      privilege: changes,
      parameters: {
        ...ruleSpecs,
        action: required,
        type: { ...required, values: ['in', 'out', 'forward', 'group'] },
        pos: whole,
      },
      answer: (call) => {
        const rules = rulesOf(call);
        checkDigest(call, rules);
        rules.splice(call.parameters.number('pos') ?? 0, 0, { enable: 0, ...sent(call, ruleSpecs) });
        return { data: null };
      },
    },
    {
      method: 'GET',
      path: `${path}/{pos}`,
      anywhere: true,
      privilege: looks,
      answer: (call) => ({
        data: {
          ...ruleAt(call, rulesOf(call)),
          pos: call.parameters.text('pos'),
          digest: digestOfParts(rulesOf(call)),
        },
      }),
    },
    {
      method: 'PUT',
      path: `${path}/{pos}`,
      privilege: changes,
      parameters: { ...ruleSpecs, moveto: whole, delete: text },
      answer: (call) => changeRule(call, rulesOf(call)),
    },
    {
      method: 'DELETE',
      path: `${path}/{pos}`,
      privilege: changes,
      parameters: { digest: text },
      answer: (call) => {
        const rules = rulesOf(call);
        checkDigest(call, rules);
        rules.splice(rules.indexOf(ruleAt(call, rules)), 1);
        return { data: null };
      },
    },
  ];
}

function changeRule(call: Call, rules: Settings[]): Reply {
  checkDigest(call, rules);
  const rule = ruleAt(call, rules);
  const at = rules.indexOf(rule);
  const to = call.parameters.number('moveto');
  const gone = splitList(call.parameters.text('delete') ?? '');
  const changed = Object.fromEntries(
    Object.entries({ ...rule, ...sent(call, ruleSpecs) }).filter(([name]) => !gone.includes(name)),
  );
  rules.splice(at, 1);
  rules.splice(to === undefined ? at : to > at ? to - 1 : to, 0, changed);
  return { data: null };
}

function ruleAt({ parameters }: Call, rules: readonly Settings[]): Settings {
  const pos = Number(parameters.text('pos'));
  const rule = rules[pos];
  if (rule === undefined) throw failure(`no rule at position ${pos}`);
  return rule;
}

function sent({ parameters }: Call, specs: ParameterSpecs): Settings {
  const names = parameters.names().filter((name) => Object.hasOwn(specs, name) && !['digest', 'delete'].includes(name));
  return Object.fromEntries(
    names.map((name) => [
      name,
      specs[name]?.type === 'string' ? (parameters.text(name) ?? '') : (parameters.number(name) ?? 0),
    ]),
  );
}

function checkDigest({ parameters }: Call, of: unknown): void {
  const digest = parameters.text('digest');
  if (digest !== undefined && digest !== digestOfParts(of)) {
    throw failure('detected modified configuration - file changed by other user? Try again.');
  }
}

function emptyLog(): Reply {
  return { data: [{ n: 1, t: 'no content' }], total: 1 };
}

/** Security groups: rules that firewalls share. */
function groupRoutes(): Route[] {
  const [scope] = scopes;
  if (scope === undefined) return [];
  const path = `${scope.base}/groups`;
  const all = (call: Call): Firewall['groups'] => firewallOf(call.world.cluster, 'cluster').groups;
  const group = (call: Call): { comment: string | undefined; rules: Settings[] } => {
    const name = required(call.parameters, 'group');
    const found = all(call).get(name);
    if (found === undefined) throw failure(`no such security group '${name}'`);
    return found;
  };
  return [
    {
      method: 'GET',
      path,
      answer: (call) => ({
        data: [...all(call)].map(([name, { comment, rules }]) => ({
          group: name,
          ...(comment === undefined ? {} : { comment }),
          digest: digestOfParts(rules),
        })),
      }),
    },
    {
      method: 'POST',
      path,
      privilege: scope.changes,
      parameters: {
        group: { ...text, required: true, minLength: 2, maxLength: 18 },
        comment: text,
        rename: text,
        digest: text,
      },
      answer: (call) => {
        const name = required(call.parameters, 'group');
        const old = call.parameters.text('rename');
        const known = all(call).get(old ?? '');
        if (old !== undefined && known === undefined) throw failure(`no such security group '${old}'`);
        if (known !== undefined) {
          all(call).delete(old ?? '');
          all(call).set(name, { ...known, comment: call.parameters.text('comment') ?? known.comment });
          return { data: null };
        }
        if (all(call).has(name)) throw failure(`security group '${name}' already exists`);
        all(call).set(name, { comment: call.parameters.text('comment'), rules: [] });
        return { data: null };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/{group}`,
      privilege: scope.changes,
      answer: (call) => {
        if (group(call).rules.length > 0)
          throw failure(`security group '${call.parameters.text('group')}' is not empty`);
        all(call).delete(required(call.parameters, 'group'));
        return { data: null };
      },
    },
    ...ruleRoutes(`${path}/{group}`, scope, (call) => group(call).rules),
  ];
}

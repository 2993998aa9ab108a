import { failure } from '../errors.ts';
import { flag, text } from '../parameters.ts';
import { type Call, type Reply, type Route, required } from '../route.ts';
import { sectionsAt } from '../sections.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';
import { type SectionSpec, sectionRoutes } from './sections.ts';

const audit = { at: '/', any: ['Sys.Audit'] };
const modify = { at: '/', any: ['Sys.Modify'] };
const endpoints = '/cluster/notifications/endpoints';
const mapping = (what: string, fields: string): SectionSpec => ({
  path: `/cluster/mapping/${what}`,
  key: 'id',
  fields,
  changes: { at: `/mapping/${what}`, any: ['Mapping.Modify'] },
  shown: () => ({ type: what }),
});
const endpoint = (what: string, fields: string): SectionSpec => ({
  path: `${endpoints}/${what}`,
  key: 'name',
  fields: `comment disable:flag ${fields}`,
  undigested: 'list',
  changes: { at: '/mapping/notifications', any: ['Mapping.Modify'] },
});
const mails = 'mailto:list mailto-user:list author from-address';

const specs: readonly SectionSpec[] = [
  mapping('dir', 'description map:list'),
  mapping('pci', 'description map:list mdev:flag live-migration-capable:flag'),
  mapping('usb', 'description map:list'),
  endpoint('sendmail', mails),
  endpoint('smtp', `${mails} server port:int mode username password:secret`),
  endpoint('gotify', 'server token:secret'),
  endpoint('webhook', 'url method body header:list secret:secret'),
  {
    path: '/cluster/notifications/matchers',
    key: 'name',
    fields:
      'comment disable:flag invert-match:flag match-calendar:list match-field:list match-severity:list mode target:list',
    undigested: 'list',
    changes: { at: '/mapping/notifications', any: ['Mapping.Modify'] },
  },
  {
    path: '/cluster/metrics/server',
    key: 'id',
    fields:
      'type server port:int disable:flag mtu:int path proto influxdbproto organization bucket token:secret timeout:int',
    undigested: 'both',
    named: true,
    looks: audit,
    changes: modify,
  },
  {
    path: '/cluster/jobs/realm-sync',
    key: 'id',
    fields: 'realm schedule comment enabled:flag enable-new:flag remove-vanished scope',
    undigested: 'both',
    named: true,
    looks: audit,
    changes: modify,
  },
  {
    path: '/cluster/replication',
    key: 'id',
    fields: 'type target schedule comment disable:flag rate source remove_job',
    undigested: 'list',
    changes: { at: '/', any: ['Datastore.Allocate', 'VM.Replicate'] },
    shown: (id) => ({ guest: Number(id.split('-')[0]), jobnum: Number(id.split('-')[1]) }),
  },
  {
    path: '/cluster/acme/plugins',
    key: 'id',
    field: 'plugin',
    fields: 'type api data nodes disable:flag validation-delay:int',
    looks: modify,
    changes: modify,
  },
  {
    path: '/access/domains',
    key: 'realm',
    fields:
      'type comment default:flag tfa server1 server2 port:int base_dn bind_dn user_attr filter mode verify:flag password:secret client-id issuer-url autocreate:flag domain',
    undigested: 'list',
    looks: { at: '/access/realm', any: ['Realm.Allocate', 'Sys.Audit'] },
    changes: { at: '/access/realm', any: ['Realm.Allocate'] },
  },
];

/** What the whole cluster shares: mappings, notifications, metrics, replication, realms. */
export const sharedSettingRoutes: readonly Route[] = [
  ...specs.flatMap(sectionRoutes).map(adapted),
  { method: 'GET', path: '/cluster/notifications/targets', answer: (call) => ({ data: targets(call) }) },
  {
    method: 'POST',
    path: '/cluster/notifications/targets/{name}/test',
    privilege: { at: '/mapping/notifications', any: ['Mapping.Modify', 'Mapping.Use'] },
    answer: (call) => {
      const name = required(call.parameters, 'name');
      if (!targets(call).some((target) => target.name === name))
        throw failure(`notification target '${name}' does not exist`);
      return { data: null };
    },
  },
  {
    method: 'POST',
    path: '/nodes/{node}/replication/{id}/schedule_now',
    privilege: { at: '/', any: ['Datastore.Allocate', 'VM.Replicate'] },
    answer: (call) => {
      const id = required(call.parameters, 'id');
      if (!sectionsAt(call.world.cluster.sections, '/cluster/replication').has(id))
        throw failure(`no such replication job '${id}'`);
      return { data: null };
    },
  },
  {
    method: 'POST',
    path: '/access/domains/{realm}/sync',
    privilege: { at: '/access/realm', any: ['Realm.AllocateUser'] },
    parameters: { scope: text, 'enable-new': flag, 'remove-vanished': text, 'dry-run': flag },
    answer: sync,
  },
];

/** Anybody may read the realms, and jobs go slowly. */
function adapted(route: Route): Route {
  if (route.method === 'GET' && route.path === '/access/domains') {
    const { privilege: _nobody, ...rest } = route;
    return { ...rest, open: true };
  }
  // A job goes once its node has cleaned up.
  if (route.method === 'DELETE' && route.path.startsWith('/cluster/replication')) return { ...route, answer: markJob };
  return route;
}

function markJob({ world, parameters }: Call): Reply {
  const jobs = sectionsAt(world.cluster.sections, '/cluster/replication');
  const id = required(parameters, 'id');
  const job = jobs.get(id);
  if (job === undefined) throw failure(`replication job '${id}' does not exist`);
  jobs.set(id, { ...job, remove_job: 'full' });
  world.clock.after(60_000, () => jobs.delete(id));
  return { data: null };
}

function targets({ world }: Call): Record<string, unknown>[] {
  return ['sendmail', 'smtp', 'gotify', 'webhook'].flatMap((type) =>
    [...sectionsAt(world.cluster.sections, `${endpoints}/${type}`)].map(
      ([name, { comment, origin = 'user-created' }]) => ({
        name,
        type,
        origin,
        ...(comment === undefined ? {} : { comment }),
      }),
    ),
  );
}

function sync(call: Call): Reply {
  const realm = required(call.parameters, 'realm');
  const type = sectionsAt(call.world.cluster.sections, '/access/domains').get(realm)?.type;
  if (type !== 'ldap' && type !== 'ad')
    throw failure(`Cannot sync realm type '${String(type)}'! Only LDAP/AD realms can be synced.`);
  const own = { node: call.world.local, type: 'auth-realm-sync', id: realm, who: call.who };
  return { data: startTask(call.world, { ...own, takes: duration.moment, effect: () => undefined }) };
}

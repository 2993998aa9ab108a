import { failure, wrongParameters } from '../errors.ts';
import { flag, text, whole } from '../parameters.ts';
import { type Call, index, nodeOf, type Reply, type Route, required } from '../route.ts';
import type { Task } from '../state.ts';
import { startTask } from '../tasks.ts';
import { duration } from '../workers.ts';

const list = '/nodes/{node}/services';
const one = `${list}/{service}`;
const looks = { at: '/nodes/{node}', any: ['Sys.Audit'] };
const reads = { at: '/nodes/{node}', any: ['Sys.Syslog'] };
const changes = { at: '/nodes/{node}', any: ['Sys.Modify'] };
const verbs = ['start', 'stop', 'restart', 'reload'] as const;

const services: Readonly<Record<string, string>> = {
  corosync: 'Corosync Cluster Engine',
  cron: 'Regular background program processing daemon',
  lxcfs: 'FUSE filesystem for LXC',
  postfix: 'Postfix Mail Transport Agent',
  'pve-cluster': 'The Proxmox VE cluster filesystem',
  'pve-firewall': 'Proxmox VE firewall',
  'pve-ha-crm': 'PVE Cluster HA Resource Manager Daemon',
  'pve-ha-lrm': 'PVE Local HA Resource Manager Daemon',
  pvedaemon: 'PVE API Daemon',
  pveproxy: 'PVE API Proxy Server',
  pvescheduler: 'Proxmox VE scheduler',
  pvestatd: 'PVE Status Daemon',
  qmeventd: 'PVE Qemu Event Daemon',
  spiceproxy: 'PVE SPICE Proxy Server',
  sshd: 'OpenBSD Secure Shell server',
  'systemd-journald': 'Journal Service',
};

/** System services of a node, and what they wrote down. */
export const serviceRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: list,
    privilege: looks,
    answer: (call) => ({ data: Object.keys(services).map((name) => state(call, name)) }),
  },
  { method: 'GET', path: one, privilege: looks, answer: () => index('subdir', ['state', ...verbs]) },
  {
    method: 'GET',
    path: `${one}/state`,
    privilege: looks,
    answer: (call) => ({ data: state(call, serviceOf(call)) }),
  },
  ...verbs.map(
    (verb): Route => ({
      method: 'POST',
      path: `${one}/${verb}`,
      privilege: changes,
      answer: (call) => act(call, verb),
    }),
  ),
  {
    method: 'GET',
    path: '/nodes/{node}/syslog',
    privilege: reads,
    parameters: { start: whole, limit: whole, service: text, since: text, until: text },
    answer: syslog,
  },
  {
    method: 'GET',
    path: '/nodes/{node}/journal',
    privilege: reads,
    parameters: {
      lastentries: whole,
      since: whole,
      until: whole,
      startcursor: text,
      endcursor: text,
      service: text,
      unit: text,
      units: flag,
      kernel: flag,
      priority: text,
      identifiers: flag,
      structured: flag,
    },
    answer: journal,
  },
  { method: 'GET', path: '/cluster/log', parameters: { max: { type: 'integer', minimum: 1 } }, answer: clusterLog },
];

function serviceOf({ parameters }: Call): string {
  const name = required(parameters, 'service');
  if (Object.hasOwn(services, name)) return name;
  const known = Object.keys(services).join(', ');
  throw wrongParameters({ service: `value '${name}' does not have a value in the enumeration '${known}'` });
}

function state(call: Call, name: string): Record<string, unknown> {
  const stopped = call.world.cluster.stoppedServices.has(`${nodeOf(call).name}/${name}`);
  return {
    service: name,
    name,
    desc: services[name],
    state: stopped ? 'dead' : 'running',
    'active-state': stopped ? 'inactive' : 'active',
    'unit-state': 'enabled',
  };
}

function act(call: Call, verb: (typeof verbs)[number]): Reply {
  const name = serviceOf(call);
  const node = nodeOf(call).name;
  const { stoppedServices } = call.world.cluster;
  if (verb === 'stop' && ['pveproxy', 'pvedaemon', 'pve-cluster'].includes(name)) {
    throw failure(`service '${name}' cannot be stopped: you would cut yourself off`);
  }
  const effect = (): void => {
    if (verb === 'stop') stoppedServices.add(`${node}/${name}`);
    else stoppedServices.delete(`${node}/${name}`);
  };
  const own = { node, type: `srv${verb}`, id: name, who: call.who };
  return { data: startTask(call.world, { ...own, takes: duration.moment, effect }) };
}

/** What tasks leave behind in the log of their node, oldest first. */
function lines(
  call: Call,
): { readonly at: number; readonly text: string; readonly task: Task; readonly end: boolean }[] {
  const entries = call.world.cluster.tasks.flatMap((task) => {
    const begun = { at: task.starttime, text: `starting task ${task.upid}`, task, end: false };
    const { endtime, exitStatus } = task;
    return endtime === undefined
      ? [begun]
      : [begun, { at: endtime, text: `end task ${task.upid} ${exitStatus}`, task, end: true }];
  });
  return entries.sort((a, b) => a.at - b.at);
}

interface Written {
  /** Seconds since 1970. */
  readonly at: number;
  readonly service: string;
  readonly pid: number;
  readonly text: string;
}

/** What a node has written since it booted: its tasks, and what it does every hour of the last day. */
function written(call: Call): Written[] {
  const { name, bootedAt } = nodeOf(call);
  const now = Math.floor(call.world.clock.now() / 1000);
  const own = lines(call).filter(({ task }) => task.node === name);
  const hours = Array.from({ length: 24 }, (_, at) => Math.floor(now / 3600 - at) * 3600 - 1);
  return [
    { at: bootedAt / 1000, service: 'systemd', pid: 1, text: 'Started pvedaemon.service - PVE API Daemon.' },
    ...hours.flatMap((at) => [
      { at, service: 'CRON', pid: 4000, text: '(root) CMD (cd / && run-parts --report /etc/cron.hourly)' },
      {
        at: at + 1,
        service: 'pvestatd',
        pid: 1200,
        text: "storage 'nfs-backup' is slow: status update time (6.1 seconds)",
      },
    ]),
    ...own.map(({ at, text: words, task }) => {
      const text = `<${task.user}> ${words}`;
      return { at, service: 'pvedaemon', pid: task.pid, text };
    }),
  ].sort((a, b) => a.at - b.at);
}

function asLine(node: string, { at, service, pid, text: words }: Written): string {
  const [, day = '', month, , time] = new Date(at * 1000).toUTCString().replace(',', '').split(' ');
  return `${month} ${day} ${time} ${node} ${service}[${pid}]: ${words}`;
}

function syslog(call: Call): Reply {
  const service = call.parameters.text('service');
  const own = written(call).filter((line) => service === undefined || line.service === service);
  const all = own.map((line, at) => ({ n: at + 1, t: asLine(nodeOf(call).name, line) }));
  const start = call.parameters.number('start') ?? 0;
  const limit = call.parameters.number('limit') ?? 50;
  return { data: all.slice(start, limit === 0 ? undefined : start + limit), total: all.length };
}

/** Between two cursors, which ask for what is older or newer. */
function journal(call: Call): Reply {
  const { parameters } = call;
  const since = parameters.number('since') ?? 0;
  const until = parameters.number('until') ?? Number.POSITIVE_INFINITY;
  const service = parameters.text('service')?.replace(/\*$/, '');
  const all = written(call)
    .filter(({ at }) => at >= since && at <= until)
    .filter((line) => service === undefined || line.service.startsWith(service))
    .map((line) => asLine(nodeOf(call).name, line));
  const shown = all.slice(-(parameters.number('lastentries') ?? all.length) || all.length);
  return { data: ['s=de30;i=1', ...shown, `s=de30;i=${all.length.toString(16)}`], gzip: true };
}

function clusterLog(call: Call): Reply {
  const max = call.parameters.number('max') ?? 50;
  const own = (task: Task): string => (task.token === undefined ? task.user : `${task.user}!${task.token}`);
  const entries = lines(call).map(({ at, text: words, task, end }, index) => ({
    id: `${index + 1}:${task.node}`,
    uid: String(index + 1),
    time: at,
    pri: end && task.exitStatus !== 'OK' ? 3 : 6,
    tag: 'pvedaemon',
    node: task.node,
    user: own(task),
    pid: task.pid,
    msg: words,
  }));
  return { data: entries.reverse().slice(0, max) };
}

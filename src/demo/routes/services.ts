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

function ownLines(call: Call): string[] {
  const { name } = nodeOf(call);
  const service = call.parameters.text('service') ?? 'pvedaemon';
  const stamp = (at: number): string => {
    const [, day, month, , time] = new Date(at * 1000).toUTCString().replace(',', '').split(' ');
    return `${month} ${day} ${time}`;
  };
  const boot = `${stamp(nodeOf(call).bootedAt / 1000)} ${name} systemd[1]: Started pvedaemon.service - PVE API Daemon.`;
  if (service !== 'pvedaemon') return [boot];
  const own = lines(call).filter(({ task }) => task.node === name);
  return [
    boot,
    ...own.map(({ at, text: words, task }) => `${stamp(at)} ${name} pvedaemon[${task.pid}]: <${task.user}> ${words}`),
  ];
}

function syslog(call: Call): Reply {
  const all = ownLines(call).map((t, at) => ({ n: at + 1, t }));
  const start = call.parameters.number('start') ?? 0;
  const limit = call.parameters.number('limit') ?? 50;
  return { data: all.slice(start, limit === 0 ? undefined : start + limit), total: all.length };
}

/** Between two cursors, which ask for what is older or newer. */
function journal(call: Call): Reply {
  const all = ownLines(call);
  const shown = all.slice(-(call.parameters.number('lastentries') ?? all.length) || all.length);
  return { data: ['s=demo;i=1', ...shown, `s=demo;i=${all.length}`], gzip: true };
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

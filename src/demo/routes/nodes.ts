import type { Certificate } from '../certificate.ts';
import { seconds } from '../clock.ts';
import { nodeUsage } from '../nodes.ts';
import { type Call, callerMay, index, nodeOf, type Reply, type Route } from '../route.ts';
import { version } from './cluster.ts';

/** The nodes themselves. */
export const nodeRoutes: readonly Route[] = [
  { method: 'GET', path: '/nodes', answer: list },
  {
    method: 'GET',
    path: '/nodes/{node}',
    anywhere: true,
    answer: () => index('name', ['certificates', 'lxc', 'qemu', 'status', 'storage', 'tasks', 'version']),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    privilege: { at: '/nodes/{node}', any: ['Sys.Audit'] },
    answer: status,
  },
  { method: 'GET', path: '/nodes/{node}/version', answer: () => ({ data: version }) },
  { method: 'GET', path: '/nodes/{node}/certificates/info', answer: certificates },
];

function list(call: Call): Reply {
  const { cluster } = call.world;
  const nodes = cluster.nodes.map((node) => ({
    id: `node/${node.name}`,
    type: 'node',
    node: node.name,
    status: node.offline ? 'offline' : 'online',
    level: '',
    ssl_fingerprint: cluster.certificates.leaves.get(node.name)?.fingerprint,
    ...(callerMay(call, `/nodes/${node.name}`, 'Sys.Audit') ? nodeUsage(call.world, node) : {}),
  }));
  return { data: nodes };
}

function status(call: Call): Reply {
  const node = nodeOf(call);
  const { cpu = 0, mem = 0, uptime } = nodeUsage(call.world, node);
  const load = (cpu * node.cpus).toFixed(2);
  const free = node.disk - node.diskUsed;
  const kernel = {
    sysname: 'Linux',
    release: '6.17.4-1-pve',
    machine: 'x86_64',
    version: '#1 SMP PREEMPT_DYNAMIC PMX',
  };
  return {
    data: {
      pveversion: `pve-manager/${version.version}/${version.repoid}`,
      kversion: `${kernel.sysname} ${kernel.release} ${kernel.version}`,
      'current-kernel': kernel,
      'boot-info': { mode: 'efi' },
      cpu,
      wait: 0,
      idle: 0,
      uptime,
      loadavg: [load, load, load],
      cpuinfo: {
        model: 'AMD EPYC 9124 16-Core Processor',
        vendor: 'AuthenticAMD',
        family: '25',
        cpus: node.cpus,
        cores: node.cpus / 2,
        sockets: 1,
        mhz: '3000.000',
        user_hz: 100,
        hvm: '1',
        flags: 'fpu vme sse sse2 svm aes avx avx2',
      },
      memory: { total: node.memory, used: mem, free: node.memory - mem, available: node.memory - mem },
      swap: { total: 0, used: 0, free: 0 },
      rootfs: { total: node.disk, used: node.diskUsed, free, avail: free },
      ksm: { shared: 0 },
    },
  };
}

function certificates(call: Call): Reply {
  const { ca, leaves } = call.world.cluster.certificates;
  const { name } = nodeOf(call);
  const leaf = leaves.get(name);
  const days = call.world.cluster.ailments.certificates.get(name);
  const ends = days === undefined ? {} : { notAfter: call.world.clock.now() + days * 86_400_000 };
  return { data: [ca, ...(leaf === undefined ? [] : [{ ...leaf, ...ends }])].map(certificateInfo) };
}

function certificateInfo(certificate: Certificate): Record<string, unknown> {
  const { filename, fingerprint, subject, issuer, names, notBefore, notAfter, pem } = certificate;
  return {
    filename,
    fingerprint,
    subject,
    issuer,
    notbefore: seconds(notBefore),
    notafter: seconds(notAfter),
    'public-key-bits': 256,
    'public-key-type': 'id-ecPublicKey',
    san: names,
    pem,
  };
}

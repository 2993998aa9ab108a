import { createHash } from 'node:crypto';

/** One entry of a configuration file of sections: an SDN zone, a mapping, a notification target, … */
export type Section = Readonly<Record<string, unknown>>;
/** Id → its settings. */
export type Sections = Map<string, Section>;

/** Files of sections by the path of the API that lists them, as they are and, where that differs, as they run. */
export interface SectionFiles {
  readonly now: Map<string, Sections>;
  readonly running: Map<string, Sections>;
}

export function seedSections(): SectionFiles {
  const network = [
    ['/cluster/sdn/zones', 'lab', { zone: 'lab', type: 'simple' }],
    ['/cluster/sdn/vnets', 'lab1', { vnet: 'lab1', type: 'vnet', zone: 'lab' }],
    ['/cluster/sdn/vnets/lab1/subnets', 'lab-10.30.0.0-24', subnet('lab', 'lab1', '10.30.0.0/24', '10.30.0.1')],
    ['/cluster/sdn/ipams', 'pve', { ipam: 'pve', type: 'pve' }],
  ] as const;
  const others = [
    ['/access/domains', 'pam', { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' }],
    ['/access/domains', 'pve', { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' }],
    ['/cluster/mapping/dir', 'share', { map: ['node=pve1,path=/srv/share'] }],
    ['/cluster/metrics/server', 'influx', { type: 'influxdb', server: '10.20.0.9', port: 8089, disable: 1 }],
    [
      '/cluster/notifications/endpoints/sendmail',
      'mail-to-root',
      {
        name: 'mail-to-root',
        comment: "Send mails to root@pam's email address",
        'mailto-user': ['root@pam'],
        origin: 'builtin',
      },
    ],
    [
      '/cluster/notifications/matchers',
      'default-matcher',
      {
        name: 'default-matcher',
        comment: 'Route all notifications to mail-to-root',
        mode: 'all',
        target: ['mail-to-root'],
        origin: 'builtin',
      },
    ],
  ] as const;
  const files: SectionFiles = { now: new Map(), running: new Map() };
  for (const [path, id, section] of [...network, ...others]) sectionsAt(files, path).set(id, section);
  for (const [path, id, section] of network) runningAt(files, path).set(id, section);
  return files;
}

/** What a subnet shows of itself beside what was sent. */
export function subnet(zone: string, vnet: string, cidr: string, gateway?: string): Section {
  const [network = '', mask = ''] = cidr.split('/');
  const id = `${zone}-${network}-${mask}`;
  const known = { id, subnet: id, type: 'subnet', cidr, network, mask, zone, vnet, 'dhcp-range': [] };
  return gateway === undefined ? known : { ...known, gateway };
}

export function sectionsAt({ now }: SectionFiles, path: string): Sections {
  return fileAt(now, path);
}
export function runningAt({ running }: SectionFiles, path: string): Sections {
  return fileAt(running, path);
}

function fileAt(files: Map<string, Sections>, path: string): Sections {
  const file = files.get(path) ?? new Map();
  files.set(path, file);
  return file;
}

/** Of the whole file, as PVE makes it. */
export function digestOfSections(sections: Sections): string {
  const text = sections.size === 0 ? '' : JSON.stringify([...sections]);
  return createHash('sha1').update(text).digest('hex');
}

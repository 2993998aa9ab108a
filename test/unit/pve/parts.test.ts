import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAgentInfo, readFilesystems, readGuestOs, readHostName, readInterfaces } from '../../../src/pve/agent.ts';
import { readBackupJobs, readNotBackedUp } from '../../../src/pve/backup.ts';
import { readCephMonitors, readCephOsds, readCephPools, readCephStatus } from '../../../src/pve/ceph.ts';
import { readStorageDefinitions, readVolumes } from '../../../src/pve/content.ts';
import { readClusterOptions, readPool, readPools } from '../../../src/pve/datacenter.ts';
import { readFeature } from '../../../src/pve/guest-parts.ts';
import { readHaResources, readHaRules, readHaStatus } from '../../../src/pve/ha.ts';
import { readClusterLog, readFirewallLog, readJournal, readLogLine } from '../../../src/pve/logs.ts';
import { readDisks, readNetwork, readPci, readSmart, readUsb } from '../../../src/pve/node-hardware.ts';
import {
  readCertificates,
  readDns,
  readPackages,
  readServices,
  readSubscription,
  readTime,
} from '../../../src/pve/node-system.ts';
import { settingsFrom } from '../../../src/pve/pending.ts';
import { holds, seesBackups } from '../../../src/pve/privileges.ts';
import { readReplicationJobs, readReplicationStates } from '../../../src/pve/replication.ts';
import { readMeasurements } from '../../../src/pve/rrd.ts';
import { referenceDir } from '../../support/reference.ts';

/** Path without the query, as a pattern → its parser, and how many answers of it are recorded at least. */
const parsers: readonly (readonly [RegExp, (data: unknown) => unknown, least: number])[] = [
  [/^\/cluster\/ha\/status\/current$/, readHaStatus, 10],
  [/^\/cluster\/ha\/resources$/, readHaResources, 3],
  [/^\/cluster\/ha\/(rules|groups)$/, readHaRules, 4],
  [/^\/cluster\/replication$/, readReplicationJobs, 3],
  [/^\/nodes\/[^/]+\/replication$/, readReplicationStates, 3],
  [/^\/cluster\/options$/, readClusterOptions, 1],
  [/^\/pools\/?$/, readPools, 5],
  [/^\/pools\/[^/]+$/, (data) => readPool(data, 'x'), 3],
  [/\/ceph\/status$/, readCephStatus, 1],
  [/\/ceph\/osd$/, readCephOsds, 1],
  [/\/ceph\/pool$/, readCephPools, 1],
  [/\/ceph\/mon$/, readCephMonitors, 1],
  [/^\/cluster\/log$/, readClusterLog, 2],
  [/^\/nodes\/[^/]+\/journal$/, readJournal, 1],
  [/\/firewall\/log$/, readFirewallLog, 4],
  [/\/agent\/network-get-interfaces$|\/lxc\/\d+\/interfaces$/, readInterfaces, 3],
  [/\/agent\/get-osinfo$/, readGuestOs, 1],
  [/\/agent\/get-host-name$/, readHostName, 1],
  [/\/agent\/get-fsinfo$/, readFilesystems, 1],
  [/\/agent\/info$/, readAgentInfo, 1],
  [/\/pending$/, settingsFrom, 3],
  [/\/feature$/, readFeature, 2],
  [/^\/nodes\/[^/]+\/dns$/, readDns, 1],
  [/^\/nodes\/[^/]+\/time$/, readTime, 2],
  [/^\/nodes\/[^/]+\/services$/, readServices, 3],
  [/\/apt\/(versions|update)$/, readPackages, 5],
  [/\/certificates\/info$/, readCertificates, 3],
  [/^\/nodes\/[^/]+\/subscription$/, readSubscription, 2],
  [/\/disks\/list$/, readDisks, 2],
  [/\/disks\/smart$/, readSmart, 1],
  [/^\/nodes\/[^/]+\/network$/, readNetwork, 4],
  [/\/hardware\/pci$/, readPci, 2],
  [/\/hardware\/usb$/, readUsb, 2],
  [/^\/storage$/, readStorageDefinitions, 3],
  [/^\/nodes\/[^/]+\/storage\/[^/]+\/content$/, readVolumes, 6],
  [/\/rrddata$/, readMeasurements, 8],
  [/^\/cluster\/backup$/, readBackupJobs, 3],
  [/^\/cluster\/backup-info\/not-backed-up$/, readNotBackedUp, 2],
];

interface Recorded {
  readonly file: string;
  readonly path: string;
  readonly data: unknown;
}

const reference = referenceDir();
const answers = reference === undefined ? [] : everyAnswer(join(reference, 'fixtures'));

describe.skipIf(reference === undefined)('every recorded answer can be read', () => {
  it.each(parsers)('%s', (pattern, parse, least) => {
    const fitting = answers.filter(({ path }) => pattern.test(path));
    expect(fitting.length).toBeGreaterThanOrEqual(least);
    for (const { file, data } of fitting) expect(() => parse(data), file).not.toThrow();
  });
});

/** The successful GETs of all folders. A packed journal was not kept as text, so there is nothing to read in it. */
function everyAnswer(root: string): Recorded[] {
  const folders = ['real-9.2.11', 'real-9.2.11/get', 'recorded-9.2.4', 'mocks-9', 'mocks-8'];
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        const file = join(folder, name);
        const { method, path, status, response } = JSON.parse(readFileSync(join(root, file), 'utf8'));
        const isRead = method === 'GET' && status === 200 && typeof response === 'object' && response !== null;
        return isRead ? [{ file, path: String(path).split('?')[0] ?? '', data: response.data }] : [];
      }),
  );
}

describe('loose answers', () => {
  it('a journal is its lines without the cursors around them', () => {
    const lines = ['s=0a;i=1;b=2', 'Nov  2 01:02:03 pve1 pvedaemon[12]: <root@pam> end: OK', 'odd', 's=0a;i=2;b=2'];
    expect(readJournal(lines)).toEqual([
      { day: 'Nov  2', time: '01:02:03', service: 'pvedaemon', message: '<root@pam> end: OK' },
      { message: 'odd' },
    ]);
    expect(readLogLine('Nov 20 11:25:40 pve1 kernel: x')).toMatchObject({ service: 'kernel', message: 'x' });
  });

  it('a firewall log that there is not is empty; its lines come as objects or pairs', () => {
    expect(readFirewallLog([{ n: 1, t: 'unable to open file - No such file or directory' }])).toEqual([]);
    expect(readFirewallLog([{ n: 1, t: 'no content' }])).toEqual([]);
    expect(
      readFirewallLog([
        [42, 'a'],
        [43, 'b'],
      ]),
    ).toEqual(['a', 'b']);
  });

  it('the addresses of old containers stand beside the list', () => {
    expect(readInterfaces([{ name: 'eth0', inet: '10.0.0.5/24', hwaddr: 'aa' }])).toEqual([
      { name: 'eth0', mac: 'aa', addresses: ['10.0.0.5/24'] },
    ]);
  });

  it('OSDs are found below hosts', () => {
    const osd = { id: 3, type: 'osd', status: 'down', in: 0 };
    const root = { children: [{ type: 'root', children: [{ type: 'host', name: 'pve2', children: [osd] }] }] };
    expect(readCephOsds({ root })).toMatchObject([{ id: 3, host: 'pve2', status: 'down', isIn: false }]);
  });

  it('points of a measurement may lack fields', () => {
    expect(readMeasurements([{ time: 120, cpu: 0.5 }, { time: 60 }, { cpu: 1 }])).toEqual({
      times: [60, 120],
      series: { cpu: [undefined, 0.5] },
    });
  });

  it.each(
    parsers.filter(([pattern]) => !/ceph\\\/osd|feature|get-host/.test(pattern.source)),
  )('%s: a text in place of the answer is an error, never an empty one', (_, parse) => {
    expect(() => parse('nonsense')).toThrow(expect.objectContaining({ code: 'server_error' }));
  });
});

describe('privileges', () => {
  const permissions = {
    '/': { 'VM.Audit': true },
    '/storage/a': { 'Datastore.AllocateSpace': true },
    '/vms': { 'VM.Audit': true, 'VM.Backup': true },
    '/vms/101': { 'VM.Audit': false },
    '/pool/x': { 'VM.Backup': false },
  };
  it('hold at their path, and below it where they are handed down and nothing else is said', () => {
    expect(holds(permissions, '/vms/102', 'VM.Backup')).toBe(true);
    expect(holds(permissions, '/vms/101', 'VM.Backup')).toBe(false);
    expect(holds(permissions, '/vms/101', 'VM.Audit')).toBe(true);
    expect(holds(permissions, '/pool/x/y', 'VM.Backup')).toBe(false);
    expect(holds(permissions, '/storage/b', 'VM.Audit')).toBe(true);
    expect(holds({}, '/storage/b', 'VM.Audit')).toBe(false);
  });

  it('backups of a guest are seen with both the storage and the guest, or with the storage alone', () => {
    expect(seesBackups(permissions, 'a', 102)).toBe(true);
    expect(seesBackups(permissions, 'a', 101)).toBe(false);
    expect(seesBackups(permissions, 'b', 102)).toBe(false);
    expect(seesBackups({ '/': { 'Datastore.Allocate': true } }, 'b', 101)).toBe(true);
  });
});

import { describe, expect, test } from 'vitest';
import { judgePve } from '../../../../src/gate/command/pve.ts';
import type { RuleVerdict, Word } from '../../../../src/gate/command/types.ts';
import { type Risk, risks } from '../../../../src/gate/types.ts';

/** `$` stands for a word that only the run will tell; a word in quotes is one. */
function judged(line: string, node?: string): RuleVerdict {
  const argv = (line.match(/'[^']*'|\S+/g) ?? []).map(
    (word): Word => (word === '$' ? undefined : word.replace(/'/g, '')),
  );
  const verdict = judgePve(argv, node);
  if (verdict === undefined) throw new Error(`Nobody knows ${line}`);
  return verdict;
}

const lines: Readonly<Record<Risk, string>> = {
  read: `
    pvesh get /version
    pvesh get version
    pvesh get /
    pvesh get //nodes///pve1/status/ --output-format json-pretty
    pvesh --noproxy get /nodes/pve1/qemu
    pvesh get /nodes/localhost/status -output-format=yaml
    pvesh get /nodes/pve1/qemu/101/config --current 1
    pvesh get /nodes/pve1/qemu/101/config --current --output-format json
    pvesh get /access/users --full
    pvesh get /nodes/pve1/tasks --limit 20 --errors 1
    pvesh get /cluster/resources --type vm --noborder --noheader --human-readable 0
    pvesh get /nodes/pve1/storage/local/content --content iso
    pvesh ls /nodes
    pvesh usage cluster/options -v
    pvesh usage /nodes/{node}/qemu/{vmid}/status/shutdown --verbose
    pvesh help
    qm
    qm help set
    qm --help
    qm list
    qm list --full
    qm config 101
    qm config $
    qm config 101 --current
    qm config 101 --snapshot before
    qm pending 105
    qm status 101 --verbose
    qm listsnapshot 101
    qm showcmd 101 --pretty
    qm wait 101 --timeout 30
    qm cloudinit pending 101
    qm guest cmd 101 network-get-interfaces
    qm agent 101 get-osinfo
    qm guest cmd 101 ping
    qm guest exec-status 101 4242
    qm rescan --dryrun
    qm disk rescan --vmid 101 --dryrun 1
    qm import 120 esxi:ha-datacenter/x.vmx --storage local-lvm --dryrun
    pct list
    pct config 101
    pct config 101 --snapshot before
    pct pending 101
    pct status $ --verbose
    pct listsnapshot 101
    pct cpusets
    pct df 101
    pct rescan --dryrun 1
    pvesm status
    pvesm status --storage local --content backup
    pvesm list local --vmid 101
    pvesm path local-lvm:vm-101-disk-0
    pvesm scan lvmthin pve
    pvesm lvmscan
    pvesm apiinfo
    pvesm prune-backups local --dry-run
    pvesm prune-backups local --keep-last 1 --dry-run 1
    pvesm extractconfig local:backup/vzdump-qemu-101-2026_01_01-00_00_00.vma.zst
    pveam available --section system
    pveam list local
    pvecm status
    pvecm nodes
    ha-manager status -verbose
    ha-manager config
    ha-manager groupconfig
    ha-manager rules list
    pvesr list
    pvesr read 101-0
    pvesr status --guest 101
    pveum user list --output-format json
    pveum user permissions root@pam --path /vms
    pveum user token list root@pam
    pveum user tfa list
    pveum group list
    pveum role list
    pveum acl list
    pveum realm list
    pveum pool list
    pveum realm sync ad --dry-run 1
    pvenode config get
    pvenode task list --errors 1 --limit 5
    pvenode task log UPID:pve1:0003A1B2:0123ABCD:65F00000:vzdump:101:root@pam:
    pvenode cert info
    pvenode acme account list
    pve-firewall compile
    pve-firewall status
    pve-firewall simulate --from outside --to vm101 --dport 22
    pveproxy status
    pveceph status
    pveceph lspools
    pveceph pool ls
    pvesubscription get
    pveversion -v
    pvereport
    pve8to9 --full
    vzdump help
    vzdump --help
    qmrestore help --verbose`,
  operate: `
    qm start 101
    qm start 101 --timeout 60
    qm stop 101
    qm shutdown 101 --timeout 60
    qm shutdown 101 --forceStop 1
    qm reboot 101
    qm reset 101
    qm suspend 101
    qm suspend 101 --todisk 1
    qm resume 101
    qm migrate 101 pve2 --online
    qm migrate 101 pve2 --online --with-local-disks
    qm guest cmd 101 fstrim
    qm agent 101 fsfreeze-freeze
    qm nbdstop 101
    pct start 101
    pct stop 101
    pct shutdown 101
    pct reboot 101
    pct migrate 101 pve2 --restart
    pct fstrim 101
    vzdump 101 --storage nas --remove 0
    vzdump 101 102 --storage nas --mode snapshot --remove 0 --quiet 1
    pvesh create /nodes/pve1/qemu/101/status/start
    pvesh create nodes/localhost/lxc/102/status/reboot
    pvesh create /nodes/pve1/apt/update
    pvesh create /nodes/pve1/services/pveproxy/restart
    pvesh delete /nodes/pve1/tasks/UPID:pve1:0003A1B2:0123ABCD:65F00000:vzdump:101:root@pam:
    pvenode startall --vms 101,102
    pvenode stopall --vms 101
    pvenode migrateall pve2 --vms 101,102
    pvenode wakeonlan pve3
    pvesr schedule-now 101-0
    pvesr run
    pveam update
    ha-manager migrate vm:101 pve2
    ha-manager crm-command migrate vm:101 pve2
    ha-manager crm-command node-maintenance enable pve2
    pveproxy restart
    pve-firewall restart
    pvestatd stop
    pveceph start --service osd.1
    pveperf /var/lib/vz`,
  configure: `
    qm set 101 --memory 8192 --cores 4
    qm set 101 -memory 8192
    qm set 101 --net0=virtio,bridge=vmbr0
    qm set 101 --scsi1 local-lvm:32
    qm set 101 --delete net1
    qm set 101 --tags 'web;prod'
    qm set 101 --description 'do not delete'
    qm create 120 --name test --memory 2048 --net0 virtio,bridge=vmbr0 --scsi0 local-lvm:16
    qm clone 9000 121 --name web2 --full
    qm clone 9000 121 --full --name web2
    qm snapshot 101 before-upgrade --vmstate 1
    qm resize 101 scsi0 +10G
    qm disk resize 101 scsi0 +10G
    qm move-disk 101 scsi0 local-zfs
    qm disk move 101 scsi0 local-zfs --format qcow2
    qm disk rescan --vmid 101
    qm disk import 101 local:import/x.qcow2 local-lvm
    qm cloudinit update 101
    qm template 101
    qm unlock 101
    pct set 101 --memory 1024 --swap 512
    pct set 101 -net0 name=eth0,bridge=vmbr0,ip=dhcp
    pct create 130 local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --hostname web --rootfs local-lvm:8 --unprivileged 1
    pct restore 140 local:backup/vzdump-lxc-101-2026_01_01-00_00_00.tar.zst --storage local-lvm
    pct clone 102 131 --hostname web2
    pct snapshot 101 s1
    pct resize 101 rootfs +2G
    pct move-volume 101 rootfs local-zfs
    pct unlock 101
    pct mount 101
    pct unmount 101
    pct fsck 101 --device rootfs
    pct push 101 /root/app.conf /etc/app.conf
    pct pull 101 /etc/app.conf /root/app.conf --perms 600
    qmrestore local:backup/vzdump-qemu-101-2026_01_01-00_00_00.vma.zst 150 --unique 1
    pvesh set /nodes/pve1/qemu/101/config --memory 4096
    pvesh create /nodes/pve1/qemu/101/snapshot --snapname s1
    pvesh create /cluster/firewall/rules --action ACCEPT --type in --dport 443 --proto tcp
    pvesh create /cluster/backup --schedule 'sat 02:00' --storage local --all 1
    pvesh set /cluster/firewall/ipset/lan/10.0.0.0/8 --comment office
    pvesm add dir scratch --path /mnt/scratch
    pvesm set local --content iso,vztmpl,backup
    pvesm alloc local-lvm 101 vm-101-disk-3 4G
    pvesm export local-lvm:vm-101-disk-0 raw+size /mnt/x.raw
    pveam download local debian-12-standard_12.7-1_amd64.tar.zst
    pvecm expected 1
    pvecm updatecerts
    ha-manager add vm:101 --state started
    ha-manager groupadd prefer --nodes pve1
    ha-manager rules add node-affinity prefer --nodes pve1 --resources vm:101
    pvesr create-local-job 101-0 pve2 --schedule '*/15'
    pvesr disable 101-0
    pvesr enable 101-0
    pveum user add bob@pve --comment ops
    pveum useradd bob@pve
    pveum groupadd ops
    pveum pool add web
    pvenode config set --description rack4
    pvesubscription update
    qm config 101 --snap x
    qm config 101 --Current 1
    qm config 101 102
    qm config
    qm config 101 $
    qm list $
    pvesh get $
    pvesh get /nodes/../access
    pvesh get /nodes/pve1%2fstatus
    pvesh get /version --cur 1
    pvesh get /version $`,
  destroy: `
    qm destroy 101
    qm destroy 101 --skiplock
    qm destr 101
    qm d 101
    qm 'destroy 101'
    qm frobnicate 101
    qm $ 101
    $qm
    qm start 101 --skiplock
    qm start 101 --skiplock 1
    qm start 101 -skipl
    qm start 101 --SKIPLOCK
    qm start $
    qm start 101 $
    qm start 101 102
    qm start
    qm stop 101 --skiplock true
    qm rollback 101 before-upgrade
    qm delsnapshot 101 before-upgrade
    qm delsnapshot 101 before-upgrade --force
    qm set 101 --delete unused0
    qm set 101 --delete net1 --force
    qm set 101 --delete scsi1,unused0
    qm set 101 --protection 0
    qm set 101 --args '-device x'
    qm set 101 --hookscript local:snippets/x.sh
    qm set 101 --hostpci0 01:00.0
    qm set 101 --scsi1 /dev/sdb
    qm set 101 --scsi1 local-lvm:vm-102-disk-0
    qm set 101 --memor 4096
    qm set 101 --description $
    qm unlink 101 --idlist scsi1 --force
    qm disk unlink 101 --idlist unused0
    qm disk move 101 scsi0 local-zfs --delete
    qm move-disk 101 scsi0 local-zfs --delete 1
    qm importdisk 101 /root/x.qcow2 local-lvm
    qm importovf 120 /root/x.ovf local-lvm
    qm remote-migrate 101 101 host=10.0.0.9,apitoken=x --target-bridge vmbr0 --target-storage local --delete
    qm migrate 101 pve2 --migration_type insecure
    qm cleanup 101 0 0
    qm monitor 101
    qm terminal 101
    qm sendkey 101 ret
    qm vncproxy 101
    qm mtunnel
    qm guest exec 101 -- df -h
    qm guest passwd 101 ubuntu
    qm guest cmd 101 exec
    qm guest cmd 101 $
    qm disk rescan --dryrun --dry 0
    qm import 120 esxi:x.vmx --storage local --dryrun 1 --dryr 0
    qmrestore /var/lib/vz/dump/vzdump-qemu-101.vma.zst 101 --force 1
    pct destroy 101 --purge --force
    pct destroy 101
    pct rollback 101 pre-update
    pct delsnapshot 101 pre-update
    pct set 101 --mp0 /srv,mp=/srv
    pct set 101 --features mount=nfs
    pct set 101 --delete unused1
    pct create 130 local:vztmpl/x.tar.zst --force
    pct restore 140 - --rootfs 4
    pct enter 101
    pct console 101
    pct exec 101 -- ls
    pct fsck 101 --force 1
    pct push $ /root/x /etc/x
    pct push 101 /root/x /etc/shadow
    pct pull 101 /root/x /etc/pve/storage.cfg
    pct pull 101 /root/x /dev/sdb
    pvesm export local-lvm:vm-101-disk-0 raw+size /dev/sdb
    vzdump 101
    vzdump --all 1 --storage pbs
    vzdump 101 --storage local --prune-backups keep-last=1
    vzdump 101 --remove 0 --remove 1
    vzdump 101 --remove 0 --script /tmp/x.sh
    vzdump $ --remove 0
    vzdump 101 --notes-template --remove=0
    pvesh delete /nodes/pve1/lxc/101 --purge 1
    pvesh delete nodes/pve1/qemu/101
    pvesh del /nodes/pve1/qemu/101
    pvesh --noproxy delete /nodes/pve1/qemu/101
    pvesh create /nodes/pve1/qemu/101/snapshot/s1/rollback
    pvesh delete /nodes/pve1/storage/local-lvm/content/vm-101-disk-0
    pvesh delete /nodes/pve1/storage/local/content/local:backup/vzdump-qemu-101.vma.zst
    pvesh create /nodes/pve1/disks/initgpt --disk /dev/sdb
    pvesh delete /nodes/pve1/disks/zfs/tank --cleanup-disks 1
    pvesh create /nodes/pve1/execute --commands '[]'
    pvesh create /nodes/pve1/status --command reboot
    pvesh set /nodes/pve1/network
    pvesh set /nodes/pve1/qemu/101/config --delete unused0
    pvesh set $
    pvesh create /nodes/pve1/qemu/$/status/start $
    pvesh $ /version
    pvesh create /unheard/of
    pvesm remove local
    pvesm free local:backup/vzdump-qemu-101-2026_01_01.vma.zst
    pvesm prune-backups local --keep-last 1
    pvesm prune-backups local --dry-run 0
    pvesm prune-backups local --dry-run --dry-run 0
    pvesm prune-backups local --dry-run 1 --dry 0
    pvesm set local --prune-backups keep-last=1
    pvesm set backup --disable 1
    pveam remove local:vztmpl/x.tar.zst
    pvecm delnode pve3
    pvecm add 10.0.0.9
    pvecm create homelab
    pvecm updatecerts --force
    pvecm qdevice remove
    ha-manager remove vm:101
    ha-manager crm-command disarm-ha
    pvesr delete 101-0 --force
    pvesr prepare-local-job 101-0 local-zfs:vm-101-disk-0
    pveum acl modify /vms/101 --users bob@pve --roles PVEVMUser
    pveum aclmod / --users bob@pve --roles Administrator
    pveum user token add root@pam ci --privsep 1
    pveum user token remove root@pam ci
    pveum userdel bob@pve
    pveum user tfa delete root@pam
    pveum passwd bob@pve
    pveum role add Backup --privs VM.Backup
    pveum ticket root@pam
    pveum realm sync ad --dry-run 0
    pvenode startall
    pvenode stopall
    pvenode cert delete
    pvenode acme cert order
    pve-firewall stop
    pveproxy stop
    pve-ha-lrm stop
    pveceph osd destroy 3 --cleanup
    pveceph fs destroy cephfs --remove-pools
    pveceph pool destroy vm-pool
    pveceph purge
    pveceph install
    pveceph stop
    pveupgrade
    pveupgrade help
    pvesubscription delete
    vzdump ''
    vzdump
    vzdump --help 101
    pveupgrade --help`,
};

describe.each(risks)('G5: what a line of a program of Proxmox VE is: %s', (risk) => {
  const rows = lines[risk]
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '$qm');
  test.each(rows)('%s', (line) => {
    expect(judged(line)).toMatchObject({ risk });
  });
});

test('G5: there are enough lines, and other programs are none of these', () => {
  expect(Object.values(lines).join('\n').split('\n').length).toBeGreaterThan(280);
  for (const name of ['rm', 'constructor', '__proto__', '', undefined]) expect(judgePve([name, '101'])).toBeUndefined();
});

test.each([
  'qm monitor 101',
  'qm terminal 101',
  'qm sendkey 101 ret',
  'qm vncproxy 101',
  'qm mtunnel',
  'pct enter 101',
  'pct enter $',
  'pct console 101',
  'pveum ticket root@pam',
  'pvecm mtunnel',
  'pvesh create /nodes/pve1/execute --commands x',
  'pvesh create /nodes/pve1/qemu/101/monitor --command info',
  'pvesh create /nodes/pve1/termproxy',
  'pvesh get /nodes/pve1/vncwebsocket --port 5900 --vncticket x',
  'pvesh create /access/ticket --username root@pam',
  'pvesh create /nodes/pve1/qemu/101/agent/exec --command id',
])('G5: agents are refused %s', (line) => {
  expect(judged(line).refused).toEqual(expect.any(String));
});

test.each([
  'qm set 101 --cipassword hunter2',
  'pct create 130 local:vztmpl/x.tar.zst --password hunter2',
  'pveum user add bob@pve --password hunter2',
  'pvesm add cifs nas --server nas --share s --username u --password hunter2',
  'pvesm scan pbs 10.0.0.9 root@pam --password hunter2',
  'pvesh set /access/password --userid bob@pve --password hunter2',
  'pvesubscription set pve1c-0123456789',
  'pveum user token add root@pam ci',
  'pvesh create /access/users/root@pam/token/ci',
  'pvesm set backups --encryption-key autogen',
])('G15: agents neither pass a secret nor see a new one by %s', (line) => {
  expect(judged(line).refused).toEqual(expect.any(String));
});

test('G5: a command runs on one certain node, so localhost in it is not refused', () => {
  for (const node of ['pve1', undefined]) {
    expect(judged('pvesh create /nodes/localhost/qemu/101/status/start', node).refused).toBeUndefined();
    expect(judged('qm start 101', node).refused).toBeUndefined();
  }
});

test.each([
  'pvesm scan nfs 10.0.0.5',
  'pvesh get /nodes/pve1/scan/cifs --server nas',
  'pvesh get /cluster/acme/meta --directory https://acme.example/',
  'pvesh get /cluster/acme/meta --dir https://acme.example/',
  'pvesh get $',
  'pvereport',
  'pvesh get /access/domains/ad',
  'pvenode acme plugin config dns',
  'pvesubscription get',
  'pvesm extractconfig local:backup/x.vma.zst',
  'qm cloudinit dump 101 user',
  'qm guest exec-status 101 4',
  'qm set 101 --sshkeys /etc/shadow',
  'qm create 120 --sshkey /etc/shadow',
  'pct create 130 local:vztmpl/x.tar.zst --ssh-public-keys /root/.ssh/id_rsa',
  'pct push 101 /root/x /etc/x',
  'pct pull 101 /etc/shadow /root/x',
  'pvesm add pbs backups --server 10.0.0.9 --datastore store',
])('G6: %s asks at every level', (line) => {
  expect(judged(line).sensitive).toBe(true);
});

test.each([
  ['qm start 101', [101]],
  ['qm unlock 101', [101]],
  ['pct destroy 102 --purge 1', [102]],
  ['pct enter 102', [102]],
  ['qm clone 9000 121', [9000, 121]],
  ['vzdump 101 102 --remove 0', [101, 102]],
  ['vzdump --all 1', 'all'],
  ['pvesm free local:101/vm-101-disk-0.qcow2', [101]],
  ['ha-manager migrate vm:101 pve2', [101]],
  ['pvesh delete /nodes/pve1/storage/local/content/local:backup/vzdump-lxc-102-2026_01_01-00_00_00.tar.zst', [102]],
  ['pvenode stopall', 'all'],
  ['qm destroy $', 'all'],
  ['qm destr 101', 'all'],
  ['pveceph purge', 'all'],
] as const)('G14: %s names its guests', (line, guests) => {
  expect(judged(line).guests).toEqual(guests);
});

test('the service that it acts on is named', () => {
  expect(judged('pve-firewall stop').services).toEqual(['pve-firewall']);
  expect(judged('pvesh create /nodes/pve1/services/sshd/stop').services).toEqual(['sshd']);
});

test('the file that it writes is named', () => {
  expect(judged('pct pull 101 /etc/app.conf /root/app.conf').writes).toEqual(['/root/app.conf']);
  expect(judged('pvesm export local-lvm:vm-101-disk-0 raw+size /mnt/x.raw').writes).toEqual(['/mnt/x.raw']);
});

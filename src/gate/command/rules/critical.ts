/** Services without which nobody reaches the node, or the cluster loses its safety. */
const critical =
  /^(sshd?|pveproxy|pvedaemon|pvestatd|pve-cluster|pmxcfs|corosync|corosync-qdevice|pve-ha-(lrm|crm)|pve-firewall|proxmox-firewall|pvefw-logger|watchdog-mux|pve-guests|pve-lxc-syscalld|lxcfs|lxc|pve-storage|networking|network-manager|networkmanager|systemd-networkd|ifupdown2?|ifupdown-pre|dbus|dbus-broker|systemd-(journald|udevd|logind|resolved)|zfs(-\w+)*|zed|ceph(-\w+)?|iscsid?|open-iscsi|multipathd?|multipath-tools|nfs-\w+|rpcbind|frr|openvswitch-switch|ovs-vswitchd|ovsdb-server|qmeventd|spiceproxy|pvescheduler|nftables|iptables|netfilter-persistent|ufw|firewalld|fail2ban|proxmox-backup(-proxy)?|lvm2-\w+|mdmonitor|init|systemd)$/;

/** Whether a unit, whatever its kind, holds the machine together. */
export function isCritical(unit: string): boolean {
  const name = unit
    .replace(/@.*$/, '')
    .replace(/\.(service|socket|target|mount|slice|timer|scope|path)$/, '')
    .toLowerCase();
  return (
    critical.test(name) ||
    (/^(basic|multi-user|network|network-online|local-fs|remote-fs|sysinit|default|graphical|timers|sockets|pve-\w+|ceph(-\w+)?|zfs|user|system|-|machine|lxc|qemu)$/.test(
      name,
    ) &&
      /\.(target|slice|mount)$/.test(unit))
  );
}

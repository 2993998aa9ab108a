import { normalPath } from './paths.ts';

/**
 * Whether what stands at this path usually is a secret (G6). One table for commands, SFTP, `pct pull` and the guest agent.
 * A folder that holds secrets counts too, so that copying all of it does not slip through.
 */
export function isSecretPath(path: string): boolean {
  const normal = normalPath(path);
  return secrets.some((pattern) => pattern.test(normal)) && !open.some((pattern) => pattern.test(normal));
}

/** Whether a pattern of the shell, or what a word begins with, may come out as the path of a secret. */
export function mayBeSecretPath(starts: string): boolean {
  if (starts.length < 2) return false;
  const normal = normalPath(starts);
  return isSecretPath(starts) || samples.some((sample) => sample.startsWith(normal));
}

/** Whether who writes there decides how the machine works, or loses what it keeps: its set-up, accounts, devices, disks. */
export function isDangerousWrite(path: string): boolean {
  const normal = normalPath(path);
  return dangerous.some((pattern) => pattern.test(normal)) && !harmless.test(normal);
}

/** Whether it is a folder that somewhere below holds secrets. One that is not absolute is looked up where a login begins. */
export function holdsSecrets(path: string): boolean {
  const normal = normalPath(/^[/~]/.test(path) ? path : `/root/${path}`);
  const below = normal === '/' ? '/' : `${normal}/`;
  return isSecretPath(path) || /^\/home(\/[^/]+)?$/.test(normal) || samples.some((sample) => sample.startsWith(below));
}

/** Whether a pattern of the shell may come to the path of a secret. */
export function mayMatchSecret(pattern: string): boolean {
  const path = /^[/~]/.test(pattern) ? pattern : `/root/${pattern}`;
  if (isSecretPath(path.replaceAll(/[*?]/g, 'x'))) return true;
  const source = path
    .replace(/^~/, '/root')
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('**', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replaceAll('\0', '.*');
  try {
    const expression = new RegExp(`^${source}$`);
    return samples.some((sample) => expression.test(sample));
  } catch {
    return true;
  }
}

const secrets: readonly RegExp[] = [
  /^\/etc\/g?shadow-?$/,
  /^\/etc\/security\/opasswd$/,
  /^\/var\/backups\/(g?shadow|gpg)/,
  /^\/etc\/apt\/auth\.conf(\.d(\/|$)|$)/,
  /^\/etc\/(postfix\/sasl_passwd|exim4\/passwd|msmtprc|nut\/upsd\.users|nut\/upsmon\.conf|iscsi\/(iscsid\.conf|nodes)|(pam_)?ldap\.secret)/,
  /^\/var\/lib\/(samba\/private|cloud\/(instances?|seed)|iscsi)(\/|$)/,
  /^\/dev\/(input|hidraw)/,
  /^\/etc\/sudoers(\.d(\/|$)|$)/,
  /^\/etc\/pve\/priv(\/|$)/,
  /^\/etc\/(pve|corosync)\/.*authkey/,
  /^\/etc\/corosync\/authkey/,
  /^\/var\/lib\/pve-cluster(\/|$)/,
  /^\/etc\/proxmox-backup\/(shadow|token|authkey|tfa|.*\.key)/,
  /^\/etc\/ssh\/ssh_host_\w+_key$/,
  /(^|\/)\.ssh(\/|$)/,
  /(^|\/)(id_(rsa|dsa|ecdsa|ed25519)(_sk)?|identity)$/,
  /(^|\/)\.(netrc|pgpass|my\.cnf|git-credentials|htpasswd|vault-token|smbcredentials|npmrc|pypirc|s3cfg|boto|rclone\.conf)$/,
  /(^|\/)\.(aws|gnupg|kube|azure|docker|password-store)(\/|$)/,
  /(^|\/)\.config\/(gcloud|rclone|gh|op)(\/|$)/,
  /(^|\/)\.\w*history$/,
  /(^|\/)\.env(\.[\w.-]+)?$/,
  /(^|\/)(secrets?|credentials?|passwords?|passwd|tokens?)\.(ya?ml|json|toml|ini|txt|conf|cfg|env|kdbx|xml|properties)$/,
  /\.(key|p12|pfx|jks|kdbx|keytab|keyring|ppk|asc|gpg)$/,
  /(^|\/)priv(ate)?[-_]?key[^/]*$/,
  /(^|\/)keyring$/,
  /^\/etc\/ssl\/private(\/|$)/,
  /^\/etc\/letsencrypt\/(archive|live|keys|accounts)(\/|$)/,
  /^\/etc\/(wireguard|ipsec\.d\/private|openvpn\/.*\.(key|ovpn))(\/|$)/,
  /^\/etc\/(ipsec\.secrets|krb5\.keytab|ppp\/\w+-secrets)$/,
  /^\/etc\/(wpa_supplicant|NetworkManager\/system-connections)(\/|$)/,
  /^\/etc\/mysql\/debian\.cnf$/,
  /^\/etc\/kubernetes(\/(pki|.*\.conf)|$)/,
  /^\/(run|var\/lib)\/(secrets|credentials)(\/|$)/,
  /^\/proc\/([^/]+\/)*(environ|mem|auxv)$/,
  /^\/(proc\/kcore|dev\/(mem|kmem|port))$/,
  /^\/Windows\/System32\/config\/(sam|security|system)$/i,
];

/** Beside secrets, and none. */
const open: readonly RegExp[] = [
  /\.pub$/,
  /\/\.ssh\/(authorized_keys\d?|known_hosts|config)$/,
  /\/usr\/share\/keyrings\//,
  /^\/etc\/apt\/(?!auth)/,
];

const samples: readonly string[] = [
  ...['/etc/shadow', '/etc/gshadow', '/etc/pve/priv/authkey.key', '/etc/corosync/authkey', '/etc/ssh/ssh_host_rsa_key'],
  ...[
    '/root/.ssh/id_rsa',
    '/var/lib/pve-cluster/config.db',
    '/etc/ssl/private/',
    '/proc/1/environ',
    '/proc/self/environ',
    '/dev/input/event0',
    '/var/backups/shadow.bak',
  ],
];

const dangerous: readonly RegExp[] = [
  /^\/etc\/(pve|corosync)(\/|$)/,
  /^\/var\/lib\/(pve-cluster|ceph|corosync)(\/|$)/,
  /^\/var\/lib\/vz\/(images|dump|private)\//,
  /^\/dev\//,
  /^\/proc\/(sysrq-trigger|sys\/kernel\/(sysrq|core_pattern|modprobe))$/,
  /^\/sys\/.*\/(delete|remove|reset|unbind|disable|bind|driver_override|new_id|online)$/,
  /^\/sys\/(power|firmware)\//,
  /^\/etc\/((passwd|group|shadow|gshadow|sudoers|fstab|crypttab|subuid|subgid)-?|ld\.so\.preload)$/,
  /^\/etc\/(sudoers\.d|network|pam\.d|security|ssh)(\/|$)/,
  /^\/etc\/(netplan|systemd\/network)(\/|$)/,
  /^\/etc\/(cron[\w.]*|anacrontab)(\/|$)/,
  /^\/var\/spool\/(cron|at)(\/|$)/,
  /(^|\/)\.ssh(\/|$)/,
  /^\/boot(\/|$)/,
  /^(\/usr)?\/(s?bin|lib\d*)(\/|$)/,
  /^\/$/,
];

const harmless = /^\/dev\/(null|zero|full|stdout|stderr|stdin|tty|ptmx|fd\/[^/]*|shm\/.+|pts\/.+|log)$/;

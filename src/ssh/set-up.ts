import { hostName } from './known-hosts.ts';

/** Why logging in with a key does not work, in the three cases that people meet. */
export type KeyProblem = 'no key' | 'wrong key' | 'not authorised';

export interface KeyPlace {
  /** The private key's file. */
  readonly file: string;
  readonly user: string;
  readonly address: string;
  readonly port: number;
}

/**
 * What a person does about it: the commands for Linux, macOS and Windows (ssh-keygen(1), ssh-copy-id(1); on Windows the
 * OpenSSH client that comes with it, in PowerShell).
 */
export function keySetUp(problem: KeyProblem, place: KeyPlace): string {
  const { file } = place;
  if (problem === 'no key') {
    return [
      'Make a key, and authorise it on the node.',
      `Linux and macOS: ssh-keygen -t ed25519 -f ${posix(file)} && ${copyId(place)}`,
      `Windows (PowerShell): ssh-keygen -t ed25519 -f ${powerShell(file)}; ${copyByHand(place)}`,
    ].join('\n');
  }
  if (problem === 'wrong key') {
    return [
      'Look whether the file is a private key (the one without .pub) that opens with its passphrase: this prints the public half.',
      `Linux and macOS: chmod 600 ${posix(file)} && ssh-keygen -y -f ${posix(file)}`,
      `Windows (PowerShell): icacls ${powerShell(file)} /inheritance:r /grant:r "$($env:USERNAME):F"; ssh-keygen -y -f ${powerShell(file)}`,
    ].join('\n');
  }
  return [
    `Authorise the key for ${place.user} on the node. Root's authorised keys are the same on all nodes of a cluster.`,
    `Linux and macOS: ${copyId(place)}`,
    `Windows (PowerShell): ${copyByHand(place)}`,
    `Or paste the line of ${file}.pub into ~/.ssh/authorized_keys of ${place.user}, in a shell of the node in the web interface.`,
  ].join('\n');
}

/** What a person does where no SSH agent answers, or one without keys. */
export const agentSetUp = [
  'Start the agent and add a key, or log in with a key file.',
  'Linux: eval "$(ssh-agent)" && ssh-add, and start this program from the same shell',
  'macOS: ssh-add --apple-use-keychain',
  'Windows (PowerShell as administrator): Set-Service ssh-agent -StartupType Automatic; Start-Service ssh-agent; ssh-add',
].join('\n');

function copyId({ file, user, address, port }: KeyPlace): string {
  return `ssh-copy-id -i ${posix(`${file}.pub`)} -p ${port} ${posix(`${user}@${address}`)}`;
}

function copyByHand({ file, user, address, port }: KeyPlace): string {
  const add = '"umask 077; mkdir -p ~/.ssh; cat >> ~/.ssh/authorized_keys"';
  return `Get-Content ${powerShell(`${file}.pub`)} | ssh -p ${port} ${powerShell(`${user}@${address}`)} ${add}`;
}

/** How to forget a host key in `known_hosts`. */
export function forgetHostKey(address: string, port: number): string {
  return `ssh-keygen -R ${posix(hostName(address, port))}`;
}

function posix(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function powerShell(word: string): string {
  return /^[\w@+=:./\\-]+$/.test(word) && !word.startsWith('@') ? word : `'${word.replaceAll("'", "''")}'`;
}

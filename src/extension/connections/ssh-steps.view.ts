import { access, constants } from 'node:fs/promises';
import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { messageOf } from '../../pve/error.ts';
import { addressList, jumpText, parseAddressList, parseJump, parsePort } from '../../ssh/written.ts';
import { needsSecret, type SshDraft, wholePath } from './ssh-draft.ts';
import type { SshSettings } from './ssh-settings.ts';
import { inputStep, pickStep, type StepText } from './steps.view.ts';
import type { Step, Stepped } from './walk.ts';

export interface SshWizard {
  readonly draft: SshDraft;
  /** The name of the connection. */
  readonly name: string;
  /** The way of logging in whose secret is stored already. */
  readonly stored: SshSettings['auth']['kind'] | undefined;
}

/** Everything that is typed or picked; what is agreed to comes after them. */
export const sshSteps: readonly Step<SshWizard>[] = [
  { ask: askUser },
  { ask: askSudo, applies: ({ draft }) => draft.user !== 'root' },
  { ask: askPort },
  { ask: askWay },
  { ask: askKeyFile, applies: ({ draft }) => draft.auth.kind === 'key' },
  { ask: askSecret, applies: ({ draft }) => needsSecret(draft) },
  { ask: askJump },
  { ask: askAddresses },
];

function stepText({ name }: SshWizard, step: number): StepText {
  return { title: vscode.l10n.t('Set up SSH for {0}', printable(name, 64)), step, totalSteps: 6 };
}

function askUser(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  return inputStep({
    ...stepText(wizard, 1),
    prompt: vscode.l10n.t('User on the nodes. Containers and guests need root, or a user with sudo.'),
    value: draft.user,
    validate: (user) =>
      /^[a-z_][a-z0-9_.-]{0,31}\$?$/i.test(user) ? undefined : vscode.l10n.t('Use the name of a user of the nodes.'),
    accept: async (user) => void Object.assign(draft, { user }),
  });
}

async function askSudo(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  const picked = await pickStep({
    ...stepText(wizard, 1),
    placeholder: vscode.l10n.t('How do commands of {0} become those of root?', printable(draft.user, 32)),
    items: Promise.resolve([
      {
        label: vscode.l10n.t('By sudo, without a password'),
        detail: vscode.l10n.t('The nodes must allow it (NOPASSWD in /etc/sudoers.d). Containers and guests need it.'),
        sudo: true,
      },
      {
        label: vscode.l10n.t('Not at all'),
        detail: vscode.l10n.t('Commands may do what this user may do.'),
        sudo: false,
      },
    ]),
    isActive: ({ sudo }) => sudo === draft.sudo,
  });
  if (typeof picked !== 'string') draft.sudo = picked.value.sudo;
  return picked;
}

function askPort(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  return inputStep({
    ...stepText(wizard, 2),
    prompt: vscode.l10n.t('Port of SSH on the nodes'),
    value: String(draft.port),
    validate: (text) => (parsePort(text) === undefined ? vscode.l10n.t('Use a port, 1 to 65535.') : undefined),
    accept: async (text) => void Object.assign(draft, { port: parsePort(text) }),
  });
}

async function askWay(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  const before = draft.auth;
  const file = before.kind === 'key' ? before.file : '~/.ssh/id_ed25519';
  const items: readonly (vscode.QuickPickItem & { readonly auth: SshSettings['auth'] })[] = [
    {
      label: vscode.l10n.t('SSH agent'),
      description: vscode.l10n.t('recommended'),
      detail: vscode.l10n.t('The keys that your agent holds. It is never forwarded.'),
      auth: { kind: 'agent' },
    },
    {
      label: vscode.l10n.t('Key file'),
      detail: vscode.l10n.t('"Proxmox VE: Generate an SSH key…" makes one.'),
      auth: { kind: 'key', file },
    },
    {
      label: vscode.l10n.t('Password'),
      detail: vscode.l10n.t(
        'Kept in the secret storage of the editor, and sent only after the host key was found right.',
      ),
      auth: { kind: 'password' },
    },
  ];
  const picked = await pickStep({
    ...stepText(wizard, 3),
    placeholder: vscode.l10n.t('How do you log in?'),
    items: Promise.resolve(items),
    isActive: ({ auth }) => auth.kind === before.kind,
  });
  if (typeof picked === 'string') return picked;
  if (picked.value.auth.kind !== before.kind) Object.assign(draft, { auth: picked.value.auth, secret: '' });
  return picked;
}

function askKeyFile(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  return inputStep({
    ...stepText(wizard, 4),
    prompt: vscode.l10n.t('Path of the private key: the file without .pub'),
    value: draft.auth.kind === 'key' ? draft.auth.file : '',
    validate: (file) =>
      /^(~[\\/]|[\\/]|[a-z]:[\\/])/i.test(file)
        ? undefined
        : vscode.l10n.t('Use a whole path, or one that begins with ~/.'),
    accept: async (typed) => {
      const file = wholePath(typed);
      const problem = await access(file, constants.R_OK).then(() => undefined, messageOf);
      if (problem === undefined) draft.auth = { kind: 'key', file };
      return problem;
    },
  });
}

function askSecret(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft, stored } = wizard;
  const hasSecret = stored === draft.auth.kind;
  const isKey = draft.auth.kind === 'key';
  const what = isKey
    ? vscode.l10n.t('Passphrase of the key. It goes to the secret storage of the editor and nowhere else.')
    : vscode.l10n.t('Password of {0}. It goes to the secret storage of the editor and nowhere else.', draft.user);
  const keep = hasSecret ? vscode.l10n.t('Leave it empty to keep the one that is stored.') : '';
  const none = isKey && !hasSecret ? vscode.l10n.t('Leave it empty where the key has none.') : '';
  return inputStep({
    ...stepText(wizard, 4),
    prompt: [what, keep, none].filter((part) => part !== '').join(' '),
    value: draft.secret,
    password: true,
    validate: (secret) =>
      secret !== '' || hasSecret || isKey ? undefined : vscode.l10n.t('Enter the password of this user.'),
    accept: async (secret) => void Object.assign(draft, { secret }),
  });
}

function askJump(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  return inputStep({
    ...stepText(wizard, 5),
    prompt: vscode.l10n.t('A host in between, with the same way of logging in. Leave it empty where there is none.'),
    placeholder: 'alice@bastion.example.org:22',
    value: draft.jump === undefined ? '' : jumpText(draft.jump),
    validate: (text) =>
      parseJump(text, draft.user) === undefined ? vscode.l10n.t('Use user@host or user@host:port.') : undefined,
    accept: async (text) => {
      const jump = parseJump(text, draft.user);
      draft.jump = jump === 'none' ? undefined : jump;
      return undefined;
    },
  });
}

function askAddresses(wizard: SshWizard): Promise<Stepped<unknown>> {
  const { draft } = wizard;
  const nodes = draft.nodes.map(({ node }) => node);
  return inputStep({
    ...stepText(wizard, 6),
    prompt: vscode.l10n.t(
      'Where the nodes are, as the cluster says. Change what this computer reaches in another way.',
    ),
    value: addressList(draft.nodes),
    validate: (text) =>
      (parseAddressList(text, nodes) ?? []).length === 0
        ? vscode.l10n.t('Use node=address, separated by commas. The nodes are: {0}.', nodes.join(', '))
        : undefined,
    accept: async (text) => void Object.assign(draft, { nodes: parseAddressList(text, nodes) ?? [] }),
  });
}

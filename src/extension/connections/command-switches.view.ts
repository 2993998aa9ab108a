import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import { change, tellDemo } from '../commands/connection.view.ts';
import type { ConnectionParts } from '../commands/connections.view.ts';
import { isOffered, isOn, withSwitch } from './command-switches.ts';
import type { Profile } from './profile.ts';
import type { CommandSwitch } from './ssh-settings.ts';
import { modalStep } from './steps.view.ts';

/** Lets agents do more with commands than before, which only a modal grants (gate.md G8). */
export async function switchOn(which: CommandSwitch, profile: Profile, parts: ConnectionParts): Promise<void> {
  if (!isOffered(profile, which)) return tellDemo();
  if (isOn(profile, which)) return tell(vscode.l10n.t('It is on already.'));
  const { title, detail, yes } = questions()[which](printable(profile.name, 64));
  if (typeof (await modalStep(title, detail.join('\n\n'), yes)) === 'string') return;
  await change(profile, (one) => withSwitch(one, which, true), parts);
  if (which === 'host' && profile.kind === 'cluster' && profile.ssh === undefined) await offerSetUp();
}

/** It tightens, so nobody is asked. */
export async function switchOff(which: CommandSwitch, profile: Profile, parts: ConnectionParts): Promise<void> {
  if (!isOn(profile, which)) return tell(vscode.l10n.t('It is off already.'));
  await change(profile, (one) => withSwitch(one, which, false), parts);
  tell(vscode.l10n.t('Switched off. What waits for an answer is withdrawn.'));
}

interface SwitchQuestion {
  readonly title: string;
  readonly detail: readonly string[];
  readonly yes: string;
}

function questions(): Readonly<Record<CommandSwitch, (connection: string) => SwitchQuestion>> {
  return {
    host: (connection) => ({
      title: vscode.l10n.t('Let agents ask for commands on the nodes of {0}?', connection),
      detail: [
        vscode.l10n.t('A command on a node runs as root. It can do anything to every guest, disk and backup there.'),
        vscode.l10n.t('Each command is asked of you with its parts, and the access level and policies hold.'),
        vscode.l10n.t(
          'What is not held: once you say yes, nothing limits what the command does or starts. Its output reaches the agent and whoever runs its model.',
        ),
      ],
      yes: vscode.l10n.t('Allow asking'),
    }),
    quietReads: (connection) => ({
      title: vscode.l10n.t('Let agents run reading commands on {0} without asking?', connection),
      detail: [
        vscode.l10n.t(
          'Commands that are known to do nothing but read then run at once, in guests, and on nodes where commands are switched on. They are recorded.',
        ),
        vscode.l10n.t('What reads secrets, connects somewhere, or is not understood is still asked of you.'),
        vscode.l10n.t('What is not held: what they print reaches the agent and whoever runs its model.'),
      ],
      yes: vscode.l10n.t('Run without asking'),
    }),
  };
}

async function offerSetUp(): Promise<void> {
  const setUp = vscode.l10n.t('Set up SSH…');
  const message = vscode.l10n.t('Commands on nodes go by SSH, which is not set up for this connection yet.');
  if ((await vscode.window.showInformationMessage(message, setUp)) === setUp)
    await vscode.commands.executeCommand('proxmox.setUpSsh');
}

function tell(message: string): void {
  void vscode.window.showInformationMessage(message);
}

import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import type { Session } from '../connections/session.ts';
import { showError } from '../problem.view.ts';
import type { Live } from '../tree/live.ts';
import { guestTargets } from '../tree/model.ts';
import type { GuestTarget } from '../tree/row.ts';
import type { Explorer, ExplorerItem } from '../tree/tree.view.ts';
import { performWithProgress, tellOutcome } from './perform.view.ts';
import { applicable, type PowerAction, powerActions, powerOperation, targetsOf } from './power.ts';

interface Parts {
  readonly session: () => Promise<Session>;
  readonly live: Live;
  readonly explorer: Explorer;
}

/**
 * Start, shut down, reboot and stop: on live items of the tree, else on what is picked from a list. Either way it is asked:
 * a live item may also stand for "the row that has the focus", which any caller can say, so it is no yes (gate.md G13).
 */
export function registerPower(parts: Parts): vscode.Disposable {
  const actions = Object.keys(powerActions) as PowerAction[];
  return vscode.Disposable.from(
    ...actions.map((action) =>
      vscode.commands.registerCommand(powerActions[action].command, (item: unknown, selected: unknown) =>
        act(action, item, selected, parts).catch(showError),
      ),
    ),
  );
}

async function act(action: PowerAction, item: unknown, selected: unknown, parts: Parts): Promise<void> {
  const live = liveGuests(item, selected, parts.explorer);
  const targets = live === undefined ? await pick(action, parts.live) : targetsOf(action, live);
  // One plan for each connection: several guests are asked about once.
  for (const id of new Set(targets.map(({ connection }) => connection))) {
    await perform(
      action,
      targets.filter(({ connection }) => connection === id),
      parts,
    );
  }
}

/** The guests behind live tree items; anything else, whatever it looks like, names no target. */
function liveGuests(item: unknown, selected: unknown, explorer: Explorer): readonly GuestTarget[] | undefined {
  if (!explorer.isLive(item)) return undefined;
  const items = Array.isArray(selected) && selected.includes(item) ? selected : [item];
  return items.filter((one): one is ExplorerItem => explorer.isLive(one)).flatMap(({ row }) => row.guest ?? []);
}

async function pick(action: PowerAction, live: Live): Promise<readonly GuestTarget[]> {
  await live.lookOnce();
  const guests = applicable(action, guestTargets(live.views() ?? []));
  const items = guests.map((guest) => ({
    label: printable(guest.name, 64),
    description: `${guest.vmid} · ${guest.status} · ${guest.node}`,
    detail: guest.connectionName,
    guest,
  }));
  const placeHolder = vscode.l10n.t('Which guest?');
  if (items.length > 0)
    return [(await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.guest ?? []].flat();
  void vscode.window.showInformationMessage(vscode.l10n.t('There is no guest in a state for this.'));
  return [];
}

async function perform(action: PowerAction, guests: readonly GuestTarget[], { session, live }: Parts): Promise<void> {
  const [first] = guests;
  if (first === undefined) return;
  const what =
    guests.length === 1 ? `${printable(first.name, 64)} (${first.vmid})` : vscode.l10n.t('{0} guests', guests.length);
  const { gate, client } = await session();
  const proposal = {
    connection: first.connection,
    operations: guests.map((guest) => powerOperation(action, guest)),
    tool: powerActions[action].command,
    wait: true,
  };
  const outcomes = await performWithProgress(gate, proposal, `${powerActions[action].doing} ${what}`);
  for (const [index, guest] of guests.entries()) {
    tellOutcome(`${printable(guest.name, 64)} (${guest.vmid})`, outcomes[index]);
    const status = await client(guest.connection)
      .guestStatus(guest)
      .catch(() => undefined);
    if (status !== undefined)
      live.note(guest.connection, guest.vmid, status.qmpstatus === 'paused' ? 'paused' : status.status);
  }
}

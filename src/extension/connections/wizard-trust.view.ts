import * as vscode from 'vscode';
import { printable } from '../../gate/printable.ts';
import type { Wizard } from './draft.ts';
import type { StoredEndpoint } from './profile.ts';
import { choiceStep } from './steps.view.ts';
import type { TrustOffer } from './trust-offer.ts';
import type { Stepped } from './walk.ts';

/** So many nodes are listed with their fingerprints; more would push the buttons off the screen. */
const maxListed = 6;

/** After the login: which certificates of the cluster count besides the one that was agreed to. */
export async function chooseTrust({ draft, purpose }: Wizard): Promise<Stepped<unknown>> {
  const { offer } = draft;
  if (offer === undefined) return { value: undefined };
  const only =
    purpose === 'edit'
      ? vscode.l10n.t('Keep as it is')
      : offer.alone.length === 1
        ? vscode.l10n.t('Only this certificate')
        : vscode.l10n.t('Only these certificates');
  const byCa = vscode.l10n.t("Trust this cluster's CA");
  const byPins = vscode.l10n.t('Pin each node');
  const buttons = [only, ...(offer.ca === undefined ? [] : [byCa]), ...(offer.pins === undefined ? [] : [byPins])];
  const pressed = await choiceStep(
    vscode.l10n.t('Trust the other nodes of this cluster?'),
    [...caLines(offer), ...pinLines(offer), ...withoutLines(offer)].join('\n').trim(),
    buttons,
  );
  if (pressed === 'cancel') return pressed;
  if (pressed.value === byCa) draft.chosen = offer.ca?.endpoints;
  else if (pressed.value === byPins) draft.chosen = offer.pins?.endpoints;
  else draft.chosen = offer.alone;
  return pressed;
}

function caLines({ ca, alone }: TrustOffer): string[] {
  if (ca === undefined) return [];
  const further = ca.endpoints.slice(alone.length);
  return [
    vscode.l10n.t('The CA of the cluster has signed this certificate. It stays when certificates are renewed.'),
    printable(ca.subject, 160),
    `SHA-256: ${ca.sha256}`,
    ...(further.length === 0 ? [] : [vscode.l10n.t('It also leads to {0}.', further.map(nameOf).join(', '))]),
    ...(ca.anyName.length === 0
      ? []
      : [
          vscode.l10n.t(
            'With the CA, the name in the certificate is not compared for {0}: it is made for another one.',
            ca.anyName.map((url) => new URL(url).host).join(', '),
          ),
        ]),
    '',
  ];
}

function pinLines({ pins, alone }: TrustOffer): string[] {
  const further = pins?.endpoints.slice(alone.length) ?? [];
  if (further.length === 0) return [];
  const rest = further.length - maxListed;
  return [
    vscode.l10n.t('The certificates of the other nodes, as the cluster says:'),
    ...further.slice(0, maxListed).flatMap((endpoint) => [nameOf(endpoint), ...fingerprints(endpoint)]),
    ...(rest > 0 ? [vscode.l10n.t('and {0} more', rest)] : []),
    '',
  ];
}

function withoutLines({ without }: TrustOffer): string[] {
  const names = (why: TrustOffer['without'][number]['why']) =>
    without.filter((one) => one.why === why).map(({ node }) => printable(node, 64));
  const [foreign, unreached] = [names('other-issuer'), names('not-reached')];
  return [
    ...(foreign.length === 0
      ? []
      : [vscode.l10n.t('Not signed by the CA, so only pinning reaches them: {0}.', foreign.join(', '))]),
    ...(unreached.length === 0
      ? []
      : [vscode.l10n.t('Not reached from here, so left out: {0}.', unreached.join(', '))]),
  ];
}

function nameOf({ url, node }: StoredEndpoint): string {
  const { host } = new URL(url);
  return node === undefined ? host : `${printable(node, 64)} (${host})`;
}

function fingerprints({ trust }: StoredEndpoint): readonly string[] {
  return trust.kind === 'pin' ? trust.sha256 : [];
}

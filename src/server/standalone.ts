import { type Audit, openAudit } from '../gate/audit.ts';
import { closeUnfinished } from '../gate/close-unfinished.ts';
import { withinLevel } from '../gate/decide.ts';
import { createGate } from '../gate/gate.ts';
import { learnLogin } from '../gate/learn-login.ts';
import { leftOpenText, mustLook } from '../gate/left-open.ts';
import { createLocalFiles } from '../gate/local-files.ts';
import { quoted } from '../gate/printable.ts';
import type { Redactor } from '../gate/redact.ts';
import { sshMissing } from '../gate/shell-on.ts';
import type { Approver, GateProfile } from '../gate/types.ts';
import type { Unfinished } from '../gate/unfinished.ts';
import { type Auth, ticketAuth, tokenAuth } from '../pve/auth.ts';
import type { Clock } from '../pve/clock.ts';
import { messageOf, PveError } from '../pve/error.ts';
import type { ProxySettings } from '../pve/proxy.ts';
import { sharedReads } from '../pve/reads.ts';
import type { Send } from '../pve/request.ts';
import type { Login } from '../pve/ticket.ts';
import { createTransport, type PveTransport } from '../pve/transport.ts';
import { lookAtCertificate, type Trust } from '../pve/trust.ts';
import type { StandaloneConfig } from './config.ts';
import type { ConnectionConfig, LoginConfig } from './config-connection.ts';
import type { NamedConnection } from './config-file.ts';
import { type Door, localDoor } from './door.ts';
import { openShells, type Shells } from './shells.ts';
import { errorTextForPeople } from './text/problem.ts';
import { totpCodes } from './totp.ts';

/** What the server has beside its settings. */
export interface StandaloneDeps {
  /** Whoever started the server said that `operate` needs no question. */
  readonly approve?: 'operate' | undefined;
  readonly approver: Approver;
  readonly redactor: Redactor;
  readonly clock: Clock;
}

/**
 * Builds the gate inside this process, with the credentials of the environment. Does not wait for the clusters.
 * @throws PveError when the settings cannot work: certificate not verified without a fingerprint, malformed token or user.
 */
export async function standaloneDoor(config: StandaloneConfig, deps: StandaloneDeps): Promise<Door> {
  const { approve, approver, redactor, clock } = deps;
  const ways = new Map<string, Way>();
  for (const connection of config.connections) {
    const way = openWay(connection, await trustOf(connection, config.proxy), config, deps);
    ways.set(way.profile.id, way);
  }
  const profiles = [...ways.values()].map(({ profile }) => profile);
  const told = profiles.flatMap((profile) => [
    ...(approve === undefined ? [] : [unaskedText(profile)]),
    ...switchedOn(profile),
  ]);
  for (const line of told) process.stderr.write(`${line}\n`);
  const audit = openAudit({ dir: config.auditDir, clock, redactor });
  void endLeftOpen(config.auditDir, audit, ways, clock);
  const gate = createGate({
    standing: async () => ({ profiles, freeze: { count: 0 } }),
    connect: async ({ id }) => wayOf(ways, id).send,
    shell: async ({ id }, node, signal) => shellsOf(wayOf(ways, id)).node(node, signal),
    files: createLocalFiles({
      folders: () => config.filesDirs,
      hint: 'Whoever runs this server sets PVE_FILES_DIR to the folders that files may go to and come from.',
    }),
    approver,
    audit,
    redactor,
    clock,
    approve,
  });
  return localDoor(gate, profiles, async () => {
    await Promise.all([...ways.values()].map((way) => way.close()));
    await audit.close();
  });
}

/** What a server that ended in the middle has left open gets its end, and what stays unknown is told (G3). */
async function endLeftOpen(dir: string, audit: Audit, ways: ReadonlyMap<string, Way>, clock: Clock): Promise<void> {
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  // Another server, of other clusters, may write into the same folder: what it left open is for it to end.
  const ownWay = ({ before }: Unfinished) => ways.get(before.connection?.id ?? '');
  const reach = async (step: Unfinished) =>
    ownWay(step) ?? Promise.reject(new Error('this server has no such connection'));
  const onProblem = (file: string, what: string) => tell(`Audit file ${file}: ${what}`);
  try {
    for (const closed of await closeUnfinished({ dir, audit, clock, reach, onProblem })) {
      const isForOther = closed.outcome === 'open' && ownWay(closed.step) === undefined;
      if (mustLook(closed) && !isForOther) tell(`Outcome unknown, look at the target: ${leftOpenText(closed)}`);
    }
  } catch (error) {
    tell(`What is left open in the audit cannot be ended: ${messageOf(error)}`);
  }
}

/** The way to one cluster. */
interface Way {
  readonly profile: GateProfile;
  readonly send: Send;
  /** Whose the tasks are that it starts. */
  readonly user: string;
  /** Absent: SSH is not set up. */
  readonly shells?: Shells;
  close(): Promise<void>;
}

function openWay(
  connection: NamedConnection,
  trust: Trust,
  { proxy, sshAgent: agent }: StandaloneConfig,
  deps: StandaloneDeps,
): Way {
  const { urls, login, ssh } = connection;
  const { clock } = deps;
  const transport = createTransport({
    endpoints: urls.map((url) => ({ url, trust })),
    auth: authOf(login, deps),
    clock,
    proxy,
  });
  if (urls.length > 1) logFaults(transport, deps.redactor);
  const send = sharedReads(transport.send, { clock });
  // A code is good for seconds: it is used now, not when the first tool is called. What goes wrong shows then.
  if (login.kind === 'password' && login.totp?.kind === 'code')
    send({ method: 'GET', path: ['version'] }).catch(() => {});
  const user = login.kind === 'token' ? login.tokenId : login.username;
  const shells = ssh === undefined ? undefined : openShells(ssh, { agent, send, clock });
  return {
    ...{ profile: profileOf(connection), send, user },
    ...(shells === undefined ? {} : { shells }),
    async close() {
      await shells?.close();
      await transport.close();
    },
  };
}

/** One that cannot be edited while the process lives. */
function profileOf({ name, level, policies, answerMinutes, commands }: NamedConnection): GateProfile {
  return {
    id: name,
    name,
    revision: 1,
    level,
    ...(policies === undefined ? {} : { policies }),
    ...(answerMinutes === undefined ? {} : { answerMinutes }),
    ...(commands === undefined ? {} : { commands }),
  };
}

/** What the switches of commands mean for a connection. */
function switchedOn({ name, commands }: GateProfile): string[] {
  const on = `on ${quoted(name)}`;
  return [
    ...(commands?.host
      ? [
          `Agents may ask for commands and files on the nodes of ${quoted(name)}. Each is asked about; whoever says yes hands out what the user of SSH may do there.`,
        ]
      : []),
    ...(commands?.quietReads
      ? [`Commands that only read, and show nothing sensitive, run without a question ${on}.`]
      : []),
  ];
}

/** What `--approve=operate` means for a connection. */
function unaskedText({ name, level }: GateProfile): string {
  const on = `on ${quoted(name)}`;
  return withinLevel('operate', level)
    ? `--approve=operate: power operations and migrations of guests ${on} run without a question; the access level is ${level}.`
    : `--approve=operate changes nothing ${on}: the access level is ${level}, and these operations need read-execute.`;
}

/** A node whose certificate has changed, or that is gone, must not stay unseen because another one serves. */
function logFaults(transport: PveTransport, redactor: Redactor): void {
  let told: readonly string[] = [];
  transport.onServing(() => {
    const now = transport.endpoints().flatMap(({ fault }) => (fault === undefined ? [] : [errorTextForPeople(fault)]));
    const news = now.filter((text) => !told.includes(text));
    for (const text of news) process.stderr.write(`Another node is asked instead. ${redactor.text(text)}\n`);
    told = now;
  });
}

function authOf(login: LoginConfig, { clock, redactor }: StandaloneDeps): Auth {
  if (login.kind === 'token') return tokenAuth(login.tokenId, login.tokenSecret);
  const { username, password, totp } = login;
  const codes = totp === undefined ? {} : { totp: totpCodes(totp, clock) };
  const auth = ticketAuth({ username, password, clock, ...codes });
  return learnLogin({ ...auth, login: withNextStep(auth.login) }, redactor);
}

/** There is no window here to log in anew: the next step after a refusal is in the settings. */
function withNextStep(login: Login): Login {
  const explain = (error: unknown): never => {
    if (!(error instanceof PveError) || error.code !== 'unauthenticated') throw error;
    const hint = `${error.data.hint} Here, to connect again is to correct user, password or TOTP in the settings of this server (PVE_USERNAME, PVE_PASSWORD, PVE_TOTP or the file of PVE_CONFIG) and to restart it.`;
    throw new PveError({ ...error.data, hint }, { cause: error });
  };
  return { ...login, ready: (send) => login.ready(send).catch(explain) };
}

function shellsOf({ shells }: Way): Shells {
  if (shells !== undefined) return shells;
  throw sshMissing();
}

function wayOf(ways: ReadonlyMap<string, Way>, id: string): Way {
  const way = ways.get(id);
  if (way !== undefined) return way;
  const hint = `The connections are: ${[...ways.keys()].join(', ')}.`;
  throw new PveError({ code: 'not_found', message: 'There is no such connection', hint, reason: [] });
}

async function trustOf({ trust, urls }: ConnectionConfig, proxy: ProxySettings): Promise<Trust> {
  if (trust.kind === 'unverified') throw await unverified(urls, proxy);
  return trust;
}

/** Without verification anybody in between could take the login: the start ends here, and shows what to pin instead (G17). */
async function unverified(urls: readonly string[], proxy: ProxySettings): Promise<PveError> {
  const message = 'PVE_VERIFY_SSL=false without PVE_FINGERPRINT would send the login to anybody';
  const seen = await Promise.allSettled(urls.map((url) => lookAtCertificate(url, { proxy })));
  const lines = seen.map((look, at) =>
    look.status === 'fulfilled'
      ? `${urls[at]} shows the certificate ${look.value.subject}, valid to ${look.value.validTo}, SHA-256 ${look.value.sha256}`
      : `The certificate of ${urls[at]} could not be read now: ${messageOf(look.reason)}`,
  );
  const prints = seen.flatMap((look) => (look.status === 'fulfilled' ? [look.value.sha256] : []));
  const hint =
    prints.length === 0
      ? 'Set PVE_FINGERPRINT to the fingerprint of the certificate.'
      : `Compare with what \`pvenode cert info\` shows on the node; only if they are the same, set PVE_FINGERPRINT=${prints.join(',')}`;
  return new PveError({ code: 'certificate', message, hint: [...lines, hint].join('\n'), reason: [] });
}

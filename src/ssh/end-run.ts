import type { ClientChannel } from 'ssh2';
import type { Run } from './follow.ts';
import { quoted } from './quote.ts';

/** How long a node may take to end a run and to say so, milliseconds. */
const patienceMs = 10_000;

/**
 * Ends what a run has started on a node, each process by TERM and, after a second, by KILL, through a channel of its own.
 * @param leader the process that became the command, while it is known to live
 * @returns whether nothing of it is left
 */
export async function endRun({ mark, channel, connection, sudo }: Run, leader: number | undefined): Promise<boolean> {
  const words = ['/bin/sh', '-c', script];
  const line = quoted(sudo ? ['sudo', '-n', '--', ...words] : words);
  try {
    const { channel: helper } = await connection.exec(`exec ${line}`, AbortSignal.timeout(patienceMs), 'urgent');
    const answer = await collect(helper, `${mark} ${leader ?? 0}\n`);
    if (/^left 0$/m.test(answer)) return true;
  } catch {
    // Below is what remains to be done without a channel.
  }
  // To the process group of the command, by the server itself (RFC 4254, 6.9).
  channel.signal('KILL');
  return false;
}

/**
 * A process belongs to a run when it is the command itself, when its environment or its command line holds the mark, when
 * its parent belongs to it, or when the leader of its session does (sshd gives each command a session). So children that
 * got another environment or session are found by their parent, those whose parent is gone by mark or session. The mark
 * comes by standard input, so that this script never finds itself.
 */
const script = `
read -r mark leader || exit 1
[ \${#mark} -eq 32 ] || exit 1
family() {
  {
    printf '%s\\n' "$mark" | grep -lsaF -f - /proc/[0-9]*/environ /proc/[0-9]*/cmdline
    cat /proc/[0-9]*/stat 2>/dev/null
  } | awk -v leader="$leader" '
    /^\\/proc\\// { split($0, part, "/"); ours[part[3]] = 1; next }
    { pid = $1; sub(/^.*\\) /, ""); if ($1 != "Z" && $1 != "X") { parent[pid] = $2; session[pid] = $4 } }
    END {
      if (leader > 1 && (leader in parent)) ours[leader] = 1
      do {
        grown = 0
        for (pid in parent) if (!(pid in ours) && ((parent[pid] in ours) || (session[pid] in ours))) { ours[pid] = 1; grown = 1 }
      } while (grown)
      for (pid in ours) if (pid in parent) printf "%s ", pid
    }'
}
ask() {
  for pid in $found; do
    case $asked in
      *" $pid "*) ;;
      *) kill -TERM "$pid" 2>/dev/null; asked="$asked$pid " ;;
    esac
  done
}
asked=' '
tries=0
found=$(family)
ask
while [ -n "$found" ] && [ $tries -lt 40 ]; do
  tries=$((tries + 1))
  sleep 0.1
  found=$(family)
  if [ $tries -lt 10 ]; then ask; else [ -z "$found" ] || kill -KILL $found 2>/dev/null; fi
done
set -- $found
echo "left $#"
`;

function collect(channel: ClientChannel, input: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => {
      channel.close();
      resolve(text);
    }, patienceMs);
    channel.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).slice(-1000);
    });
    channel.stderr.resume();
    channel.once('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
    channel.end(input);
  });
}

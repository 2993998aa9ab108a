import { consoleTicket } from '../console.ts';
import { failure } from '../errors.ts';
import { type Call, guestOf, nodeOf, type Reply, type Route } from '../route.ts';
import { label } from '../state.ts';
import { startTask } from '../tasks.ts';

const port = 5900;
/** PVE waits so long for somebody to come, milliseconds. */
const waitMs = 10_000;

/** Text consoles: `POST …/termproxy` answers where the websocket is and with which ticket. */
export const consoleRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/nodes/{node}/termproxy',
    privilege: { at: '/nodes/{node}', any: ['Sys.Console'] },
    answer: (call) => opened(call, 'vncshell', ''),
  },
  ...(['qemu', 'lxc'] as const).map(
    (kind): Route => ({
      method: 'POST',
      path: `/nodes/{node}/${kind}/{vmid}/termproxy`,
      privilege: { at: '/vms/{vmid}', any: ['VM.Console'] },
      answer(call) {
        const guest = guestOf(call, kind);
        if (!guest.running) throw failure(`${label(guest)} is not running`);
        return opened(call, 'vncproxy', String(guest.vmid));
      },
    }),
  ),
];

function opened(call: Call, type: string, id: string): Reply {
  const { world, who } = call;
  const upid = startTask(world, { node: nodeOf(call).name, type, id, who, takes: waitMs, effect: () => {} });
  return { data: { user: who.user, ticket: consoleTicket(world, who.user), port, upid } };
}

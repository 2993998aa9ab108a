import { forModel } from '../../gate/printable.ts';
import { text } from '../../pve/loose.ts';
import type { Act, Kind } from './kind.ts';

/** Without one of these people, guests or the cluster are cut off. */
export const vitalServices =
  /^(sshd?|pveproxy|pvedaemon|spiceproxy|corosync|pve-cluster|pve-ha-crm|pve-ha-lrm|pve-firewall|proxmox-firewall)(\.service)?$/;

/** Services of nodes. */
export const serviceKinds: readonly Kind[] = [
  {
    name: 'service',
    tool: 'pve_control_service',
    id: '{service}',
    one: '/nodes/{node}/services/{service}/state',
    acts: {
      start: service('start'),
      restart: service('restart'),
      reload: service('reload'),
      stop: {
        ...service('stop'),
        raised: {
          tool: 'pve_administer',
          when: (_set, _gone, id) =>
            vitalServices.test(id) ? `Without ${id} people, guests or the cluster are cut off` : undefined,
        },
      },
    },
  },
];

function service(action: string): Act {
  return {
    request: `POST /nodes/{node}/services/{service}/${action}`,
    after: async ({ now }) => {
      const { row } = await now();
      return `now ${forModel(text(row?.state) ?? 'in an unknown state', 40)} (at boot: ${forModel(text(row?.['unit-state']) ?? 'unknown', 40)})`;
    },
  };
}

import { get, own, type Program, post } from './row.ts';

const firewall: Program = {
  compile: own('read', '', '', 'It prints the rules that the settings make.'),
  localnet: own('read', '', '', 'It prints the local network.'),
  simulate: own(
    'read',
    '',
    'dest dport from protocol source sport to verbose',
    'It prints what would become of a packet.',
  ),
};

/** Daemons that are programs of their own: `pve-firewall stop`. */
export const daemons: Readonly<Record<string, Program>> = Object.fromEntries(
  ['pvedaemon', 'pveproxy', 'spiceproxy', 'pvestatd', 'pvescheduler', 'pve-ha-crm', 'pve-ha-lrm', 'pve-firewall'].map(
    (service) => [service, { ...daemon(service), ...(service === 'pve-firewall' ? firewall : {}) }],
  ),
);

function daemon(service: string): Program {
  const path = `/nodes/{node}/services/${service}` as const;
  return {
    status: get(`${path}/state`),
    start: post(`${path}/start`),
    restart: post(`${path}/restart`),
    stop: post(`${path}/stop`),
  };
}

import { describe, expect, test } from 'vitest';
import { PveError } from '../../../../src/pve/error.ts';
import { readNetworkDevices, readSdnItems, zoneStates } from '../../../../src/pve/network.ts';
import { readResources } from '../../../../src/pve/readers.ts';
import { fakeServer } from '../fake-door.ts';

const down = new PveError({ code: 'node_offline', message: 'pve2 is offline', hint: '', reason: [] });

describe('network devices', () => {
  test('addresses, ports and VLANs, however they are written', () => {
    const [bridge, vlan, dynamic] = readNetworkDevices([
      {
        iface: 'vmbr0',
        type: 'OVSBridge',
        ovs_ports: 'eno1 vlan5',
        cidr: '10.0.0.1/24',
        cidr6: 'fd00::1/64',
        active: '1',
      },
      { iface: 'eno1.5', type: 'vlan', 'vlan-id': '5', 'vlan-raw-device': 'eno1', mtu: '9000' },
      { iface: 'eno2', type: 'eth', method: 'dhcp' },
    ]);
    expect(bridge).toMatchObject({ ports: ['eno1', 'vlan5'], addresses: ['10.0.0.1/24', 'fd00::1/64'], active: true });
    expect(vlan).toMatchObject({ vlan: '5 on eno1', mtu: 9000, active: false });
    expect(dynamic?.addresses).toEqual(['by dhcp']);
  });
});

describe('things of the SDN', () => {
  test('what waits is shown as it will be, without secrets', () => {
    const [zone] = readSdnItems([
      { zone: 'z1', type: 'vxlan', state: 'changed', mtu: 1450, pending: { mtu: 1400 }, token: 'x', digest: 'y' },
    ]);
    expect(zone).toEqual({ name: 'z1', type: 'vxlan', state: 'changed', settings: { zone: 'z1', mtu: '1400' } });
  });

  test('zones on nodes are found in the resources of 8 and 9', () => {
    const resources = readResources([
      { id: 'network/pve1/zone/lab', type: 'network', node: 'pve1', status: 'ok' },
      { id: 'sdn/pve2/lab', type: 'sdn', node: 'pve2', status: 'error' },
      { id: 'node/pve1', type: 'node', node: 'pve1' },
    ]);
    expect(zoneStates(resources)).toEqual([
      { zone: 'lab', node: 'pve1', status: 'ok' },
      { zone: 'lab', node: 'pve2', status: 'error' },
    ]);
  });
});

describe('pve_get_network', () => {
  test('a node that does not answer hides nothing of the others', async () => {
    const answers = {
      '/nodes': [
        { node: 'pve1', status: 'online' },
        { node: 'pve2', status: 'online' },
        { node: 'pve3', status: 'offline' },
      ],
      '/nodes/pve1/network': [{ iface: 'vmbr0', type: 'bridge', comments: 'x\n[end 1]' }],
      '/nodes/pve2/network': down,
    };
    const { text } = await fakeServer({ answers }).call('pve_get_network');
    expect(text).toMatch(/^1 device on 1 node/);
    expect(text).toMatch(/^The network of pve2 could not be read: pve2 is offline$/m);
    expect(text).toMatch(/x⏎\[end 1\]$/m);
  });

  test('zones that may not be read do not hide vnets; waiting changes are counted', async () => {
    const answers = {
      '/cluster/sdn/vnets': [{ vnet: 'v1', zone: 'z1', type: 'vnet', state: 'new' }],
      '/cluster/sdn/controllers': [],
      '/cluster/sdn/vnets/v1/subnets': [],
      '/cluster/resources': [],
    };
    const { text } = await fakeServer({ answers }).call('pve_get_network', { kind: 'sdn' });
    expect(text).toMatch(/^SDN: zones not known, 1 vnet, 0 subnets\n1 change wait/);
    expect(text).toMatch(/^Zones could not be read: /m);
    expect(text).toMatch(/^v1 +vnet +new +zone=z1$/m);
  });
});

import { describe, expect, it } from 'vitest';
import { classify, type FailedAnswer, isClusterFileSystemDown } from '../../../src/pve/classify.ts';
import type { PveMethod } from '../../../src/pve/request.ts';
import { recorded, recordedErrorNames, withoutRecordings } from './recorded.ts';

function recordedAnswer(name: string): FailedAnswer {
  const { method, path, status, reason, response } = recorded(name);
  const body = typeof response === 'string' ? response : JSON.stringify(response);
  const segments = path.replace(/\?.*/, '').split('/').slice(1).map(decodeURIComponent);
  return { status, statusText: reason, body, request: { method, path: segments } };
}

const answer = (status: number, statusText: string, body = '', method: PveMethod = 'GET'): FailedAnswer => ({
  ...{ status, statusText, body },
  request: { method, path: ['nodes', 'pve1', 'qemu', '101', 'status', 'start'] },
});

/** Each recorded error and what it is; 200 where PVE accepts at first and the task fails, or another API answers. */
const recordedErrors: Readonly<Record<string, string | 200>> = {
  err_400_enum: 'invalid_argument',
  err_400_missing_timeframe: 'invalid_argument',
  err_400_nextid_taken: 'exists',
  err_400_param_missing: 'invalid_argument',
  err_400_param_type: 'invalid_argument',
  err_400_param_unknown: 'invalid_argument',
  err_400_password_short: 'invalid_argument',
  err_400_upid_bad: 'invalid_argument',
  err_400_vmid_bad: 'invalid_argument',
  err_400_vmid_low: 'invalid_argument',
  err_401_bad_login: 'unauthenticated',
  err_401_bad_ticket: 'unauthenticated',
  err_401_bad_token: 'unauthenticated',
  err_401_malformed_token: 'unauthenticated',
  err_401_no_auth: 'unauthenticated',
  err_401_no_csrf: 'unauthenticated',
  err_401_unknown_token: 'unauthenticated',
  err_403_perm_node: 'forbidden',
  err_403_perm_vm: 'forbidden',
  err_403_rootonly_args: 'root_only',
  err_403_token_forbidden_endpoint: 'ticket_required',
  err_500_agent_not_running: 'agent_unavailable',
  err_500_already_running_ct: 'wrong_state',
  err_500_delete_base_with_clone: 200,
  err_500_delete_protected: 'wrong_state',
  err_500_delete_running: 'wrong_state',
  err_500_locked_config: 'locked',
  err_500_locked_delete: 200,
  err_500_locked_start: 200,
  err_500_no_such_node: 'not_found',
  err_500_no_such_storage: 'not_found',
  err_500_no_such_vm: 'not_found',
  err_500_snapshot_missing: 200,
  err_500_storage_disabled: 'wrong_state',
  err_500_template_start: 200,
  err_500_upid_unknown: 'not_found',
  err_500_user_exists: 'exists',
  err_500_vm_exists: 'exists',
  err_501_no_such_path: 'not_implemented',
  err_501_wrong_verb: 'not_implemented',
  err_595_node_offline_qemu: 'node_offline',
  err_595_node_offline_start: 'node_offline',
  err_595_node_offline_status: 'node_offline',
  err_extjs_400: 200,
  err_extjs_500: 200,
  err_noquorum_config: 'locked',
  err_noquorum_create: 'no_quorum',
  err_noquorum_login: 'unauthenticated',
  err_noquorum_start: 'no_quorum',
  err_noquorum_user: 'no_quorum',
};

describe.skipIf(withoutRecordings)('errors recorded on a real cluster', () => {
  it('are all in the table', () => {
    expect(recordedErrorNames()).toEqual(Object.keys(recordedErrors).sort());
  });

  it.each(Object.entries(recordedErrors))('%s is %s', (name, expected) => {
    const failed = recordedAnswer(name);
    if (expected === 200) {
      expect(failed.status).toBe(200);
      return;
    }
    const { data } = classify(failed);
    expect(data.code).toBe(expected);
    expect(data.status).toBe(failed.status);
    expect(data.reason[0]).toBe(failed.statusText);
    expect(data.message).not.toBe('');
    expect(data.hint).not.toBe('');
    expect(data.mayHaveRun).toBeUndefined();
  });

  it('read the same from an old node, whose body says nothing', () => {
    for (const [name, expected] of Object.entries(recordedErrors)) {
      const failed = recordedAnswer(name);
      if (expected === 200 || failed.status === 400) continue;
      expect([name, classify({ ...failed, body: '{"data":null}' }).code]).toEqual([name, expected]);
    }
  });

  it.each([
    ['err_access_tfa_userid_id', 'not_found'],
    ['err_cluster_acme_plugins_id', 'not_found'],
    ['err_cluster_ceph_status', 'not_implemented'],
    ['err_cluster_ha_groups', 'not_implemented'],
    ['err_cluster_ha_resources_sid', 'not_found'],
    ['err_cluster_mapping_pci_id', 'not_found'],
    ['err_cluster_jobs_realm_sync_id', 'not_found'],
    ['err_cluster_sdn_vnets_vnet_firewall_rules_pos', 'not_found'],
    ['err_nodes_node_apt_changelog', 'server_error'],
    ['err_nodes_node_scan_pbs', 'invalid_argument'],
    ['err_nodes_node_storage_storage_identity', 'not_implemented'],
    ['err_nodes_node_subscription', 'server_error'],
  ])('of the sweep: %s is %s', (name, expected) => {
    expect(classify(recordedAnswer(`get/${name}`)).code).toBe(expected);
  });
});

describe.skipIf(withoutRecordings)('what an error tells', () => {
  it('a missing privilege: which, where, and the two lines that grant it to this token', () => {
    const error = classify({ ...recordedAnswer('err_403_perm_vm'), tokenId: 'bob@pve!mcp' });
    expect(error.data).toMatchObject({
      message: 'VM 101 on pve1: the privilege VM.PowerMgmt on /vms/101 is missing',
      reason: ['Permission check failed (/vms/101, VM.PowerMgmt)'],
      request: 'POST /nodes/pve1/qemu/101/status/start',
      status: 403,
    });
    expect(error.data.hint).toContain("pveum acl modify /vms/101 --users 'bob@pve' --roles ROLE_WITH_VM.PowerMgmt");
    expect(error.data.hint).toContain(
      "pveum acl modify /vms/101 --tokens 'bob@pve!mcp' --roles ROLE_WITH_VM.PowerMgmt",
    );
  });

  it('the same to a user who logged in: the one line that grants it', () => {
    const { hint } = classify({ ...recordedAnswer('err_403_perm_vm'), user: 'bob@pve' }).data;
    expect(hint.split('\n').slice(1)).toEqual([
      "pveum acl modify /vms/101 --users 'bob@pve' --roles ROLE_WITH_VM.PowerMgmt",
    ]);
  });

  it('a refusal that no code of its own stands for: the usual next step for its words', () => {
    expect(classify(answer(500, 'shrinking disks is not supported')).data).toMatchObject({
      code: 'server_error',
      hint: expect.stringMatching(/^Disks grow, and never shrink\. Give a size above/),
    });
    expect(classify(answer(500, 'something else')).data.hint).toMatch(/^Read PVE's reason/);
  });

  it('a lost login: how to come back, not what is wrong with a token', () => {
    const { code, hint } = classify({ ...recordedAnswer('err_401_bad_ticket'), user: 'bob@pve' }).data;
    expect([code, hint]).toEqual(['unauthenticated', expect.stringContaining('Connect again with user and password')]);
  });

  it('wrong credentials: nothing about what was asked for', () => {
    expect(classify(recordedAnswer('err_401_bad_token')).message).toBe(
      'PVE did not accept the credentials: Authentication failed!',
    );
  });

  it('wrong parameters: the names in the message, all lines of each in the fields', () => {
    const { data } = classify(recordedAnswer('err_400_param_type'));
    expect(data.message).toBe('VM 100 on pve1: PVE did not accept "cores", "memory"');
    expect(data.fields).toEqual({
      cores: 'value must have a minimum value of 1',
      memory: "invalid format - format error\nmemory.current: type check ('integer') failed - got 'lots'",
    });
  });

  it('an option that only root may use, though it comes as a parameter error', () => {
    const body = JSON.stringify({ data: null, errors: { skiplock: 'Only root may use this option.' } });
    expect(classify(answer(400, 'Parameter verification failed.', body)).data).toMatchObject({
      code: 'root_only',
      fields: { skiplock: 'Only root may use this option.' },
    });
  });

  it('all lines of a long reason, not only the one in the status line', () => {
    const body = JSON.stringify({ data: null, message: 'unable to do it\n  because of this\n\nand that\n' });
    expect(classify(answer(500, 'unable to do it', body)).data.reason).toEqual([
      'unable to do it',
      'because of this',
      'and that',
    ]);
  });

  it.each([
    ['Permission check failed (user != root@pam)', 403, 'root_only'],
    [
      'Permission check failed (changing feature flags (except nesting) is only allowed for root@pam)',
      403,
      'root_only',
    ],
    ['mount point type bind is only allowed for root@pam', 500, 'root_only'],
    ["create user failed: user 'root@pam' already exists", 500, 'exists'],
    ['Permission check failed', 403, 'forbidden'],
    ['Permission check failed (/, Sys.Audit|Datastore.Audit)', 403, 'forbidden'],
    ['checksum mismatch (file change by other user?)', 500, 'changed'],
    ['detected modified configuration - file changed by other user? Try again.', 500, 'changed'],
    ['QEMU guest agent is not running', 500, 'agent_unavailable'],
    ["VM 100 qmp command 'guest-ping' failed - got timeout", 500, 'agent_unavailable'],
    ['VM 100 not running', 500, 'wrong_state'],
    ['VM 100 is not running', 500, 'wrong_state'],
    ["can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout", 500, 'locked'],
    ['RPCEnvironment init request failed: Unable to load access control list: Connection refused', 500, 'server_error'],
    ['something entirely new', 500, 'server_error'],
  ])('"%s" is %s %s', (reason, status, code) => {
    expect(classify(answer(status, reason)).code).toBe(code);
  });
});

describe('a dead cluster file system', () => {
  it('is told from other errors of a server', () => {
    const dead = classify(answer(500, 'RPCEnvironment init request failed: Connection refused'));
    const other = classify(answer(500, 'something entirely new'));
    expect([dead, other].map(({ data }) => isClusterFileSystemDown(data))).toEqual([true, false]);
    expect(dead.data.hint).toContain('systemctl status pve-cluster');
  });
});

describe('a login', () => {
  it('lost on its way has not run anything', () => {
    const request = { method: 'POST', path: ['access', 'ticket'] } as const;
    expect(classify({ status: 596, statusText: 'Broken pipe', body: '', request }).data.mayHaveRun).toBeUndefined();
  });
});

describe('what is not PVE', () => {
  it.each([
    [404, '<html><body>Not Found</body></html>'],
    [500, 'Internal Server Error'],
    [403, '"text"'],
    [301, ''],
    [302, '{"data":null}'],
  ])('status %s with body %j', (status, body) => {
    expect(classify(answer(status, 'whatever', body)).code).toBe('not_proxmox');
  });

  it('a write that got lost in between may have run; one that PVE refused has not', () => {
    expect(classify(answer(596, 'Broken pipe', '', 'POST')).data.mayHaveRun).toBe(true);
    expect(classify(answer(502, 'Bad Gateway', '<html>', 'PUT')).data.mayHaveRun).toBe(true);
    expect(classify(answer(504, 'Gateway Time-out', '', 'DELETE')).data.mayHaveRun).toBe(true);
    expect(classify(answer(596, 'Broken pipe')).data.mayHaveRun).toBeUndefined();
    expect(classify(answer(595, 'No route to host', '', 'POST')).data.mayHaveRun).toBeUndefined();
    expect(classify(answer(500, 'VM is locked (backup)', '', 'POST')).data.mayHaveRun).toBeUndefined();
    expect(classify(answer(302, 'Found', '', 'POST')).data.mayHaveRun).toBeUndefined();
  });
});

import { given, off, only } from './raise.ts';
import { configure, destroy, type RiskRule } from './rule.ts';

const user = 'user {userid}';
const token = 'token {tokenid} of user {userid}';
const factor = 'second factor {id} of user {userid}';
const job = 'realm sync job {id}';
const realm = 'realm {realm}';
const role = 'role {roleid}';
const names = 'comment email firstname lastname';
const rights = 'the user gets what these groups may do.';
const everybody = 'People of the realm may be locked out, or get in who should not.';

/** Who may do what: all of it is destroying, but for people without rights, and pools. */
export const access: readonly RiskRule[] = [
  configure('POST /access/users', user, 'Create', 'created', 'The user exists, and may do nothing yet.', {
    params: `${names} enable expire groups keys password userid`,
    raises: [
      given('groups', rights),
      given('password', 'somebody can sign in with it.'),
      given('keys', 'somebody can sign in with it.'),
    ],
    undo: 'Delete the user.',
  }),
  configure('PUT /access/users/{userid}', user, 'Change', 'changed', 'The details of the user are written.', {
    params: `${names} append enable expire groups keys`,
    raises: [
      given('groups', rights),
      given('keys', 'the second factor of the user changes.'),
      off('enable', 'the user cannot sign in any more, and neither can their tokens.'),
      only('expire', ['0'], 'the user cannot sign in after that, and neither can their tokens.'),
    ],
    undo: 'Set the former values.',
  }),
  destroy('DELETE /access/users/{userid}', user, 'Delete', 'deleted', 'The user, their tokens and rights are gone.'),
  configure('POST /access/groups', 'group {groupid}', 'Create', 'created', 'It has no members and no rights yet.', {
    params: 'comment groupid',
    undo: 'Delete it.',
  }),
  configure('PUT /access/groups/{groupid}', 'group {groupid}', 'Change', 'changed', 'Its comment changes.', {
    params: 'comment',
    undo: 'Set the former comment.',
  }),
  destroy('DELETE /access/groups/{groupid}', 'group {groupid}', 'Delete', 'deleted', 'Its members lose its rights.'),
  destroy(
    'PUT /access/acl',
    'permissions on {path}',
    'Change the',
    'changed',
    'Who may do what there changes at once.',
  ),
  destroy('POST /access/roles', role, 'Create', 'created', 'It can be given to users, groups and tokens.'),
  destroy('PUT /access/roles/{roleid}', role, 'Change', 'changed', 'Everybody who has it may do something else.'),
  destroy('DELETE /access/roles/{roleid}', role, 'Delete', 'deleted', 'Everybody who has it loses it.'),
  destroy('POST /access/domains', realm, 'Add', 'added', 'People of another place can be let in.'),
  destroy('PUT /access/domains/{realm}', realm, 'Change', 'changed', everybody),
  destroy('DELETE /access/domains/{realm}', realm, 'Delete', 'deleted', everybody),
  destroy(
    'POST /access/domains/{realm}/sync',
    realm,
    'Synchronise',
    'synchronised',
    'Users and groups are written anew from there; those that are gone there may go here, with their rights.',
  ),
  destroy('POST /cluster/jobs/realm-sync/{id}', job, 'Create', 'created', everybody),
  destroy('PUT /cluster/jobs/realm-sync/{id}', job, 'Change', 'changed', everybody),
  destroy('DELETE /cluster/jobs/realm-sync/{id}', job, 'Delete', 'deleted', 'Nothing is brought in from there.'),
  destroy('PUT /access/password', 'password of user {userid}', 'Change the', 'changed', 'The former one is void.'),
  destroy('POST /access/users/{userid}/token/{tokenid}', token, 'Create', 'created', 'Whoever has it can act by it.'),
  destroy(
    'PUT /access/users/{userid}/token/{tokenid}',
    token,
    'Change',
    'changed',
    'What uses it may be cut off, or may do more.',
  ),
  destroy('DELETE /access/users/{userid}/token/{tokenid}', token, 'Delete', 'deleted', 'What uses it is cut off.'),
  destroy(
    'POST /access/tfa/{userid}',
    'second factor for user {userid}',
    'Add a',
    'added',
    'It is asked for from then on.',
  ),
  destroy('PUT /access/tfa/{userid}/{id}', factor, 'Change', 'changed', 'The user may not get in any more.'),
  destroy('DELETE /access/tfa/{userid}/{id}', factor, 'Delete', 'deleted', 'A password may be enough from then on.'),
  destroy(
    'PUT /access/users/{userid}/unlock-tfa',
    'second factors of user {userid}',
    'Unlock the',
    'unlocked',
    'They can be tried again after too many wrong ones.',
  ),

  configure('POST /pools', 'pool {poolid}', 'Create', 'created', 'It holds nothing yet.', {
    params: 'comment poolid',
    undo: 'Delete it.',
  }),
  ...(['/pools/{poolid}', '/pools'] as const).flatMap((path) => [
    configure(
      `PUT ${path}`,
      'pool {poolid}',
      'Change',
      'changed',
      'Who has rights on the pool has them on what is in it.',
      { params: 'allow-move comment delete poolid storage vms', undo: 'Set the former members.' },
    ),
    destroy(`DELETE ${path}`, 'pool {poolid}', 'Delete', 'deleted', 'The rights that it gave are gone with it.'),
  ]),
];

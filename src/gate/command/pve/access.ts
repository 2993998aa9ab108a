import { del, get, own, type Program, post, put, rehearsal, withheld } from './row.ts';

const users = '/access/users' as const;
const user = `${users}/{userid}` as const;
const token = `${user}/token/{tokenid}` as const;
const realm = '/access/domains/{realm}' as const;
const rights = '/access/permissions' as const;

/** Users, their rights, and the pools that rights go by. */
export const pveum: Program = {
  'user list': get(users, '', 'enabled full'),
  'user permissions': get(rights, 'userid?', 'path'),
  'user add': post(users, 'userid'),
  'user modify': put(user, 'userid'),
  'user delete': del(user, 'userid'),
  'user tfa list': own('read', 'userid?', '', 'It prints the second factors of users, without their secrets.'),
  'user tfa delete': own('destroy', 'userid', 'id', 'A password may be enough from then on.'),
  'user tfa unlock': put(`${user}/unlock-tfa`, 'userid'),
  'user token list': get(`${user}/token`, 'userid'),
  'user token permissions': get(rights, 'userid tokenid', 'path', { local: 'tokenid' }),
  'user token add': post(token, 'userid tokenid'),
  'user token modify': put(token, 'userid tokenid'),
  'user token delete': del(token, 'userid tokenid'),
  'user token remove': 'user token delete',
  useradd: 'user add',
  usermod: 'user modify',
  userdel: 'user delete',

  'group list': get('/access/groups'),
  'group add': post('/access/groups', 'groupid'),
  'group modify': put('/access/groups/{groupid}', 'groupid'),
  'group delete': del('/access/groups/{groupid}', 'groupid'),
  groupadd: 'group add',
  groupmod: 'group modify',
  groupdel: 'group delete',

  'role list': get('/access/roles'),
  'role add': post('/access/roles', 'roleid'),
  'role modify': put('/access/roles/{roleid}', 'roleid'),
  'role delete': del('/access/roles/{roleid}', 'roleid'),
  roleadd: 'role add',
  rolemod: 'role modify',
  roledel: 'role delete',

  'acl list': get('/access/acl'),
  'acl modify': put('/access/acl', 'path', '', { fixed: { delete: '0' } }),
  'acl delete': put('/access/acl', 'path', '', { fixed: { delete: '1' } }),
  aclmod: 'acl modify',
  acldel: 'acl delete',

  'realm list': get('/access/domains'),
  'realm add': post('/access/domains', 'realm'),
  'realm modify': put(realm, 'realm'),
  'realm delete': del(realm, 'realm'),
  'realm sync': post(
    `${realm}/sync`,
    'realm',
    '',
    rehearsal(
      'dry-run',
      own('read', 'realm', 'enable-new full purge remove-vanished scope', 'It prints what would change.'),
    ),
  ),

  'pool list': get('/pools', '', 'poolid type'),
  'pool add': post('/pools', 'poolid'),
  'pool modify': put('/pools/{poolid}', 'poolid'),
  'pool delete': del('/pools/{poolid}', 'poolid'),

  passwd: put('/access/password', 'userid'),
  ticket: withheld('username', 'a ticket of a user'),
};

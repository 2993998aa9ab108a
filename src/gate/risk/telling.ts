import { configure, destroy, operate, type RiskRule } from './rule.ts';

const undo = 'Set the former values.';
const metrics = 'metrics server {id}';
const metricsSettings = `api-path-prefix bucket disable influxdbproto max-body-size mtu organization otel-compression
  otel-headers otel-max-body-size otel-path otel-protocol otel-resource-attributes otel-timeout otel-verify-ssl path port
  proto server timeout token verify-certificate`;
const sent = 'The nodes send their figures and those of their guests there.';
const matcher = 'notification matcher {name}';
const matcherSettings = 'comment disable invert-match match-calendar match-field match-severity mode target';

const endpoints = {
  gotify: 'comment disable server token',
  sendmail: 'author comment disable from-address mailto mailto-user',
  smtp: 'author comment disable from-address mailto mailto-user mode password port server username',
  webhook: 'body comment disable header method secret url',
};

/** What the cluster tells others: figures and notifications. */
export const telling: readonly RiskRule[] = [
  configure('POST /cluster/metrics/server/{id}', metrics, 'Add', 'added', sent, {
    params: `${metricsSettings} type`,
    sensitive: true,
    undo: 'Delete it.',
  }),
  configure('PUT /cluster/metrics/server/{id}', metrics, 'Change', 'changed', sent, {
    params: `${metricsSettings} delete digest`,
    sensitive: true,
    undo,
  }),
  destroy('DELETE /cluster/metrics/server/{id}', metrics, 'Delete', 'deleted', 'Nothing is sent there any more.'),

  ...Object.entries(endpoints).flatMap(([kind, settings]) => {
    const path = `/cluster/notifications/endpoints/${kind}` as const;
    const target = `notification endpoint {name} (${kind})`;
    return [
      configure(`POST ${path}`, target, 'Add', 'added', 'Notifications can be sent there.', {
        params: `${settings} name`,
        sensitive: true,
        undo: 'Delete it.',
      }),
      configure(`PUT ${path}/{name}`, target, 'Change', 'changed', 'Notifications are sent there.', {
        params: `${settings} delete digest`,
        sensitive: true,
        undo,
      }),
      destroy(
        `DELETE ${path}/{name}`,
        target,
        'Delete',
        'deleted',
        'Nobody is told there any more of backups and faults.',
      ),
    ];
  }),
  configure('POST /cluster/notifications/matchers', matcher, 'Add', 'added', 'What fits it is sent to its targets.', {
    params: `${matcherSettings} name`,
    undo: 'Delete it.',
  }),
  configure(
    'PUT /cluster/notifications/matchers/{name}',
    matcher,
    'Change',
    'changed',
    'What fits it is sent to its targets, and to nobody else by it.',
    { params: `${matcherSettings} delete digest`, undo },
  ),
  destroy(
    'DELETE /cluster/notifications/matchers/{name}',
    matcher,
    'Delete',
    'deleted',
    'Nobody is told any more of what only it fitted.',
  ),
  operate(
    'POST /cluster/notifications/targets/{name}/test',
    'notification target {name}',
    'Test',
    'tested',
    'A notification is sent there.',
    { sensitive: true },
  ),
];

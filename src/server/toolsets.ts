/** Groups of tools that a person can choose. They shape the list only: what agents may do is decided by the gate. */
export const toolsets = [
  'cluster',
  'guests',
  'nodes',
  'storage',
  'tasks',
  'backup',
  'exec',
  'files',
  'access',
  'network',
  'firewall',
  'admin',
  'api',
  'plan',
] as const;
export type Toolset = (typeof toolsets)[number];

/** What is offered when nobody has chosen: what people do daily, and the way to everything else. */
export const defaultToolsets: readonly Toolset[] = [
  'cluster',
  'guests',
  'nodes',
  'storage',
  'tasks',
  'backup',
  'exec',
  'api',
  'plan',
];

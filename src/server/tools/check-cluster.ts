import * as z from 'zod';
import { defineTool } from '../define-tool.ts';
import { collect } from '../health/collect.ts';
import { recentText } from '../health/recent.ts';
import { reportText } from '../health/report.ts';
import { parseWhen } from '../text/when.ts';

export const checkCluster = defineTool({
  name: 'pve_check_cluster',
  title: 'Check the cluster',
  toolset: 'cluster',
  risk: 'read',
  description:
    'health: what is wrong or will be, worst first, with what to do (takes a while). recent: what changed or failed on all nodes.',
  input: z.strictObject({
    report: z.enum(['health', 'recent']),
    since: z.string().max(40).default('24h').describe('recent: 24h, 7d or a date'),
  }),
  async handle({ report, since }, context) {
    if (report === 'health') return { text: reportText(await collect(context)) };
    const now = context.clock.now();
    return { text: await recentText(context, parseWhen(since, now) ?? now / 1000 - 86_400) };
  },
});

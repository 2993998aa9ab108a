// Accessibility rules, run inside a page.
import axe from 'axe-core';
import type { Locator } from 'playwright-core';

/**
 * What breaks a rule seriously, each as `rule: element`.
 * @param body of the page
 * @param background what is seen behind the page: a webview is transparent
 */
export async function seriousViolations(body: Locator, background: string): Promise<readonly string[]> {
  await body.evaluate(`document.documentElement.style.background = ${JSON.stringify(background)}`);
  await body.evaluate(`(() => {${axe.source}})()`);
  const { violations }: axe.AxeResults = await body.evaluate('window.axe.run(document)');
  await body.evaluate(`document.documentElement.style.background = ''`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

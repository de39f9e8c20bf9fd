/**
 * Every view of the console in Chromium, in both themes and at both widths, beside a cluster of
 * which a node is dead: axe-core finds nothing serious, and nothing stands out sideways.
 */
import axe, { type AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { VIEWS } from '../../../src/console/model/address.js';
import { findChromium, launch, NO_CHROMIUM } from '../../support/browser/chromium.js';
import { ConsolePage } from '../../support/browser/console-page.js';
import { writeKeys } from '../../support/load/key-set.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const WIDTHS = [1280, 400];
const SCHEMES = ['light', 'dark'] as const;
/** Besides the views as they begin. */
const OTHERS = ['time/sequence', 'actors/all/membership'];
const SERIOUS = ['serious', 'critical'];

const test = suite('the console, for everybody', { limitMs: 90_000 });
const executable = findChromium();
let cluster: ProcessCluster;
let browser: Browser;

test.before(async () => {
  if (executable === undefined) return;
  cluster = await ProcessCluster.start(3);
  await writeKeys(cluster.clients, 'key', 20);
  await cluster.nodes[2]!.kill();
  browser = await launch(executable);
});

test.after(async () => {
  await browser?.close();
  await cluster?.close();
});

/** A line for each serious finding. */
async function findings({ page }: ConsolePage): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ''))
    .map(({ id, help, nodes }) => {
      const where = nodes.slice(0, 3).map(({ target, html }) => `${target} ${html.slice(0, 120)}`);
      return `${id}: ${help}: ${where.join(' | ')}`;
    });
}

if (executable === undefined) test.skip('what everybody can use', NO_CHROMIUM);
else {
  for (const width of WIDTHS) {
    for (const colorScheme of SCHEMES) {
      test(`${width} pixels wide, ${colorScheme} -> no serious finding on any view`, async () => {
        const [first] = cluster.nodes;
        const options = { viewport: { width, height: 800 }, colorScheme };
        const seen = await ConsolePage.open(browser, first!.address, '#/cluster', options);
        await seen.sees('table.members', 'dead');
        await seen.page.evaluate(axe.source);
        const wrong: string[] = [];
        for (const view of [...VIEWS, ...OTHERS]) {
          await seen.go(`#/${view}`);
          await seen.page.locator(`#view :is(h1, h2)`).first().waitFor({ state: 'attached' });
          for (const finding of await findings(seen)) wrong.push(`${view}: ${finding}`);
          const past = await seen.page.evaluate<number>(
            'document.documentElement.scrollWidth - innerWidth',
          );
          if (past > 0) wrong.push(`${view}: ${past} pixels stand out sideways`);
        }
        await seen.close();
        assert.equal([...wrong, ...seen.faults], []);
      });
    }
  }
}

test.run();

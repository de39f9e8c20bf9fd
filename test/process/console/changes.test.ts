/**
 * The console in Chromium, while members change: a fourth node joins, and leaves again by what one
 * does on the page.
 */
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { findChromium, launch, NO_CHROMIUM } from '../../support/browser/chromium.js';
import { ConsolePage } from '../../support/browser/console-page.js';
import { writeKeys } from '../../support/load/key-set.js';
import { idAt, statusOf } from '../../support/processes/changes.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const KEYS = 1500;
const VALUE_BYTES = 1000;
/** Slow enough to be watched. */
const FLAGS = ['--transfer-mib-per-second', '1'];

const test = suite('the console, and changes', { limitMs: 90_000 });
const executable = findChromium();
let cluster: ProcessCluster;
let browser: Browser;
let seen: ConsolePage;

test.before(async () => {
  if (executable === undefined) return;
  cluster = await ProcessCluster.start(3, FLAGS);
  await writeKeys(cluster.clients, 'key', KEYS, VALUE_BYTES);
  browser = await launch(executable);
  seen = await ConsolePage.open(browser, cluster.nodes[0]!.address, '#/changes');
});

test.after(async () => {
  await browser?.close();
  await cluster?.close();
});

const press = (name: string | RegExp) => seen.page.getByRole('button', { name }).click();

if (executable === undefined) test.skip('what is seen of changes', NO_CHROMIUM);
else {
  test('a join that is only thought about -> what it would move, and nothing is done', async () => {
    await press('What would that do?');
    await seen.sees('.plan li', /Newcomer 1/);
    await seen.sees('.plan .command', 'npm start');
    await seen.sees('[aria-label="Under way"]', 'No change of members is under way');
  });

  test('a fourth joins -> its transfer is seen, and in the end four members', async () => {
    const joined = cluster.add();
    await seen.sees('[aria-label="Under way"]', 'joins.');
    await seen.page.locator('.gains progress[value]').first().waitFor();
    await seen.go('#/cluster');
    await seen.sees('.transfer', /of \d+ partitions/);
    await joined;
    await cluster.stable();
    await seen.sees('.work-panel', 'Owners stay as they are');
    await seen.sees('.verdict', 'healthy');
    assert.is(await seen.page.locator('table.members tbody tr').count(), 4);
  });

  test('it is let go, with a second look -> it hands over and leaves: three', async () => {
    const fourth = cluster.nodes[3] as NodeProcess;
    const { id } = await statusOf(fourth);
    await seen.go('#/changes');
    await seen.page.getByLabel('Let a member leave').check();
    await seen.page.getByLabel('Member', { exact: true }).selectOption(id);
    await press('What would that do?');
    await press(/^Let .* leave …$/);
    await seen.sees('.second-look', 'It cannot be called back');
    await press('Not now');
    await press(/^Let .* leave …$/);
    await press(/^Let .* leave now$/);
    await seen.sees('.plan', 'It has begun');
    await seen.sees('[aria-label="Under way"]', 'leaves.');
    assert.equal(await fourth.child.exited, { code: 0, signal: null });
    await seen.sees('[aria-label="Under way"]', 'No change of members is under way');
    await seen.go('#/cluster');
    await seen.sees('.verdict', 'healthy');
    const ring = await cluster.nodes[0]!.ring();
    assert.ok(ring && idAt(ring, fourth) === undefined);
  });

  test('and throughout: no error, and nothing asked of anybody else', () => {
    assert.equal(seen.faults, []);
  });
}

test.run();

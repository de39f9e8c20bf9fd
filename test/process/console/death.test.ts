/**
 * The console in Chromium, beside three real nodes under a small load of which one is killed: what
 * is seen while it is dead, when it is back, and whenever one steps back to its death.
 */

import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { parseRecording } from '../../../src/events/recording.js';
import { Stream } from '../../sim/world/random.js';
import { findChromium, launch, NO_CHROMIUM } from '../../support/browser/chromium.js';
import { ConsolePage } from '../../support/browser/console-page.js';
import { PacedLoad } from '../../support/load/paced-load.js';
import { statusOf } from '../../support/processes/changes.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const PER_SECOND = 30;
const ALL_COPIES = '256 of 256 partitions have all 3 copies';

const test = suite('the console, and a death', { limitMs: 90_000 });
const executable = findChromium();
let cluster: ProcessCluster;
let load: PacedLoad;
let browser: Browser;
let seen: ConsolePage;
/** Of the node whose console it is. */
let id: string;
let picture: Picture;

/** What is seen at one moment, and how things stood then. */
interface Picture {
  readonly verdict: string;
  readonly members: string;
  /** Its pixels. */
  readonly ring: string;
  readonly detector: string;
  readonly view: object;
}

/** Steps back to when its death was told, and looks around there. */
async function lookAtDeath(): Promise<Picture> {
  const [first, , third] = nodes();
  await seen.go(`#/time/node=${first.address}/types=member.dead/text=${third.port}`);
  await seen.page.keyboard.press('Escape');
  await seen.page.keyboard.press('End');
  await seen.page.keyboard.press('Shift+n');
  await seen.sees('.details h2', 'member.dead');
  await seen.go('#/cluster');
  const [verdict, members] = [await seen.text('.verdict'), await seen.text('table.members')];
  const ring = await seen.page.evaluate<string>(
    `new Promise((resolve) => requestAnimationFrame(() => {
       resolve(document.querySelector('.ring-panel canvas').toDataURL());
     }))`,
  );
  await seen.go(`#/actors/${id}/membership`);
  const detector = await seen.text('.actors > .details');
  const { isPast, view } = await seen.moment();
  assert.ok(isPast);
  return { verdict, members, ring, detector, view };
}

function nodes(): [NodeProcess, NodeProcess, NodeProcess] {
  return cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
}

test.before(async () => {
  if (executable === undefined) return;
  cluster = await ProcessCluster.start(3);
  const [first, second] = nodes();
  load = new PacedLoad({
    ports: [first.port, second.port],
    clients: 4,
    keys: 100,
    valueBytes: 100,
    random: new Stream(1, 'console'),
  });
  await load.fill();
  load.atRate(PER_SECOND, [first.port, second.port]);
  ({ id } = await statusOf(first));
  browser = await launch(executable);
  seen = await ConsolePage.open(browser, first.address);
});

test.after(async () => {
  load?.close();
  await browser?.close();
  await cluster?.close();
});

if (executable === undefined) test.skip('what is seen of a death', NO_CHROMIUM);
else {
  test('three nodes -> healthy, with their curves', async () => {
    await seen.sees('.verdict.healthy', ALL_COPIES);
    assert.is(await seen.page.locator('table.members tbody tr').count(), 3);
    await seen.page.locator('.charts canvas').nth(3).waitFor();
  });

  test('a key that is put -> its answer, its bytes, and who holds which version', async () => {
    await seen.go('#/key');
    await seen.page.getByLabel('Key', { exact: true }).fill('seen/in the browser');
    await seen.page.getByLabel('Value to put').fill('by a person');
    await seen.page.getByRole('button', { name: 'Put' }).click();
    await seen.sees('.answer', /200 OK.*"reached": "quorum"/s);
    await seen.page.getByRole('button', { name: 'Get' }).click();
    await seen.sees('.answer .body', 'by a person');
    await seen.sees('[aria-label=Owners]', 'All that hold it hold the same version');
    assert.is(await seen.page.locator('[aria-label=Owners] li').count(), 3);
  });

  test('kill -9 of another -> suspected, then dead; the verdict names what is short', async () => {
    const third = nodes()[2];
    await seen.go(`#/actors/${id}/membership`);
    await seen.sees('.context li', 'suspects: []');
    await third.kill();
    await seen.sees('.context li', new RegExp(`suspects.*${third.port}`));
    await seen.go('#/cluster');
    await seen.sees('table.members tr', /dead/);
    await seen.sees(
      '.verdict.degraded',
      new RegExp(`${third.port}.*256 of 256 partitions have 2 of 3 copies`),
    );
    await seen.sees('.work-panel', 'hints wait at');
    picture = await lookAtDeath();
    assert.match(picture.members, new RegExp(`${third.port}.*✖ dead`));
    assert.match(picture.verdict, /degraded/);
    assert.match(picture.detector, /suspects: \[\]/);
    // The step that it died in, and the one before.
    for (let i = 0; i < 2; i++) await seen.page.keyboard.press(',');
    await seen.sees('.context li', new RegExp(`suspects: \\["?${third.port}`));
    assert.ok((await seen.page.locator('.chart .way.fired, .chart .words.fired').count()) > 0);
    await seen.page.keyboard.press('Escape');
  });

  test('it is back -> healthy, and no hints wait any more', async () => {
    await nodes()[2].start();
    await seen.go('#/cluster');
    await seen.sees('.verdict.healthy', ALL_COPIES);
    await seen.sees('.work-panel', 'No hints wait');
  });

  test('back to its death -> the same picture as then', async () => {
    assert.equal(await lookAtDeath(), picture);
    await seen.page.keyboard.press('Escape');
    await seen.sees('.where', 'live');
  });

  test('saved and opened again -> the same picture, without the node', async () => {
    const download = seen.page.waitForEvent('download');
    await seen.page.getByRole('button', { name: 'Save' }).click();
    const file = await (await download).path();
    const { frames } = parseRecording(await readFile(file, 'utf8'));
    assert.ok(frames.length > 100);
    await seen.page.locator('input[type=file]').setInputFiles(file);
    await seen.sees('header', 'Recording');
    assert.equal(await lookAtDeath(), picture);
  });

  test('and throughout: no error, and nothing asked of anybody else', () => {
    assert.equal(seen.faults, []);
  });
}

test.run();

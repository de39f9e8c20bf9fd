/**
 * A recording of the simulator in the console, without a node: lanes, messages, faults, and steps
 * along them; and what is no recording.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { drawOptions } from '../../sim/options.js';
import { Recorder } from '../../sim/recording/recorder.js';
import { simulate } from '../../sim/run.js';
import { findChromium, launch, NO_CHROMIUM } from '../../support/browser/chromium.js';
import { ConsolePage } from '../../support/browser/console-page.js';
import { Child } from '../../support/processes/child.js';
import { suite } from '../../support/runner/suite.js';

const SEED = 30;
const OPTIONS = { ...drawOptions(SEED), keys: 5, safetyMs: 20_000 };

const test = suite('the console, and a simulated run', { limitMs: 90_000 });
const executable = findChromium();
const folder = mkdtempSync(join(tmpdir(), 'quorate-recording-'));
let shown: Child;
let browser: Browser;
let seen: ConsolePage;

test.before(async () => {
  if (executable === undefined) return;
  const recorder = new Recorder(16 << 20);
  await simulate(OPTIONS, { keep: 0 }, recorder);
  const path = join(folder, 'run.json');
  writeFileSync(path, recorder.finish());
  shown = Child.ofScript('src/cli/commands/console.js', [path, '--port', '0']);
  const [, host = ''] = await shown.said(/http:\/\/([^/\s]+)/);
  browser = await launch(executable);
  seen = await ConsolePage.open(browser, host, '#/time/sequence');
});

test.after(async () => {
  await browser?.close();
  shown?.signal('SIGTERM');
  await shown?.exited;
  rmSync(folder, { recursive: true });
});

/** What the event that one is at is called. */
const stepped = async (keys: string, type: RegExp) => {
  await seen.page.keyboard.press(keys);
  await seen.sees('.details h2', type);
};

if (executable === undefined) test.skip('what is seen of a run', NO_CHROMIUM);
else {
  test('opened by the command -> its seed, and steps from message to message', async () => {
    await seen.sees('header', `simulator, seed ${SEED}`);
    await stepped('m', /^message\./);
    const { at } = await seen.moment();
    await stepped('m', /^message\./);
    assert.ok((await seen.moment()).at >= at);
  });

  test('the next fault, from the beginning -> the moment that it strikes', async () => {
    await seen.go('#/time/sequence/types=fault.began');
    await stepped('n', /^fault\.began$/);
    await stepped('a', /^fault\.(began|ended)$/);
  });

  test('in its end -> every view draws it', async () => {
    await seen.page.keyboard.press('End');
    await seen.go('#/cluster');
    await seen.page.locator('.ring-panel canvas').waitFor();
    assert.ok((await seen.page.locator('table.members tbody tr').count()) > 2);
    await seen.go('#/actors/all/membership');
    await seen.page.locator('svg.chart').nth(2).waitFor();
    for (const view of ['key', 'changes', 'api']) {
      await seen.go(`#/${view}`);
      await seen.sees('main', /recording|live/);
    }
  });

  test('a file that is none is dropped on the page -> it says so, and stays', async () => {
    await seen.page.locator('input[type=file]').setInputFiles({
      name: 'shopping.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"milk": 1}'),
    });
    await seen.sees('.said', 'shopping.json cannot be opened');
    await seen.sees('header', `simulator, seed ${SEED}`);
  });

  test('and throughout: no error, and nothing asked of anybody else', () => {
    assert.equal(seen.faults, []);
  });
}

test.run();

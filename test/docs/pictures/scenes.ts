/** What there are pictures of: a table of scenes, and of each the pictures that are taken of it. */
import type { Page } from 'playwright-core';
import { VIEWS as ALL_VIEWS, type ViewName } from '../../../src/console/model/address.js';
import { openLiveCluster } from './live-cluster.js';
import { openRecordedRun } from './recorded-run.js';

export interface Shot {
  /** From the root of the project. */
  readonly file: string;
  /** What of the page, such as `#/time`. */
  readonly address: string;
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  /** Goes where the picture is to be taken, and resolves when that is drawn. */
  readonly ready: (page: Page) => Promise<void>;
}

interface Scene {
  readonly open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>;
  readonly shots: readonly Shot[];
}

const WIDE = { width: 1200, height: 640 } as const;

/** Presses keys, and waits until the event that one is at by then is shown. */
function pressing(type: string, ...keys: readonly string[]): (page: Page) => Promise<void> {
  return async (page) => {
    await page.locator('.details h2').waitFor();
    for (const key of keys) await page.keyboard.press(key);
    await page.locator('.details h2', { hasText: type }).waitFor();
  };
}

/** What is done on each view before its picture is taken. */
const VIEWS: { readonly [V in ViewName]: (page: Page) => Promise<void> } = {
  cluster: async (page) => {
    await page.locator('.verdict.healthy').waitFor();
    await page.locator('.charts canvas').nth(3).waitFor();
  },
  actors: async (page) => {
    await page.locator('svg.chart .way.fired').first().waitFor();
  },
  time: async (page) => {
    await page.locator('.what-happened time').first().waitFor();
    await page.keyboard.press('Shift+n');
    await page.locator('.details h2').waitFor();
  },
  key: async (page) => {
    await page.getByRole('button', { name: 'Get' }).click();
    await page.locator('[aria-label=Owners] li').nth(2).waitFor();
  },
  changes: async (page) => {
    await page.getByRole('button', { name: 'What would that do?' }).click();
    await page.locator('.plan li').first().waitFor();
  },
  api: async (page) => {
    await page.locator('summary').first().click();
    await page.locator('[open] button.primary').click();
    await page.locator('[open] .answer').waitFor();
  },
};

/** Where it is looked at, if not as it begins. */
const ADDRESSES: { readonly [V in ViewName]?: string } = {
  time: '#/time/kinds=members,ring,requests,node',
};

function shotsOf(view: ViewName): Shot[] {
  return (['light', 'dark'] as const).map((scheme) => ({
    file: `docs/pictures/console-${view}-${scheme}.webp`,
    address: ADDRESSES[view] ?? `#/${view}`,
    // Text takes room in the file.
    ...{ width: 1280, height: view === 'time' ? 600 : 800 },
    ...{ scheme, ready: VIEWS[view] },
  }));
}

export const SCENES: readonly Scene[] = [
  {
    // In docs/console.md, and in the README.
    open: openLiveCluster,
    shots: [
      ...ALL_VIEWS.flatMap(shotsOf),
      {
        file: 'docs/pictures/console-narrow.webp',
        ...{ address: '#/cluster', width: 400, height: 800, scheme: 'light' },
        ready: VIEWS.cluster,
      },
    ],
  },
  {
    // Told step by step in docs/debugging.md.
    open: () => openRecordedRun({ seed: 1, planted: 'writeQuorumOfOne' }),
    shots: [
      {
        ...WIDE,
        // Text takes room in the file.
        height: 440,
        file: 'docs/pictures/debugging-violation.webp',
        scheme: 'light',
        address: '#/time/kinds=members,ring,data,requests,faults,node',
        ready: pressing('violation', 'End'),
      },
      {
        ...WIDE,
        file: 'docs/pictures/debugging-request.webp',
        scheme: 'dark',
        address: '#/time/sequence/kinds=requests,faults,messages',
        ready: pressing('request.began', 'End', 'ArrowLeft', 'Shift+a'),
      },
      {
        ...WIDE,
        file: 'docs/pictures/debugging-wrong-step.webp',
        scheme: 'light',
        address: '#/time/sequence/kinds=requests,faults,messages',
        ready: pressing('request.ended', 'End', 'Shift+n'),
      },
    ],
  },
];

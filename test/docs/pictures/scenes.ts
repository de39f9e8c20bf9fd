/** What there are pictures of: a table of scenes, and of each the pictures that are taken of it. */
import type { Page } from 'playwright-core';
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

export const SCENES: readonly Scene[] = [
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

/**
 * Takes the pictures of the console that stand in the documentation: `npm run pictures`. Chromium
 * has to be there; without one it says so and leaves the pictures as they are.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { findChromium, launch, NO_CHROMIUM } from '../../support/browser/chromium.js';
import { SCENES, type Shot } from './scenes.js';

/** For small files: the colours of subpixels take room. */
const ARGS = ['--disable-lcd-text', '--font-render-hinting=none'];
/** The first with which a picture is small enough is taken. */
const QUALITIES = [0.85, 0.7, 0.55, 0.4];
const MOST_BYTES = 80_000;

async function take(browser: Browser, url: string, shot: Shot): Promise<void> {
  const { file, address, width, height, scheme } = shot;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  page.on('pageerror', (error) => {
    console.error(`${file}: ${error.message}`);
    process.exitCode = 1;
  });
  await page.goto(`${url}${address}`);
  await shot.ready(page);
  // What the page says in passing would cover something.
  await page.locator('.said:empty').waitFor({ state: 'attached' });
  const picture = await packed(page, await page.screenshot({ animations: 'disabled' }));
  await page.close();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, picture);
  console.log(`wrote ${file}, ${Math.ceil(picture.length / 1000)} kB`);
  if (picture.length <= MOST_BYTES) return;
  console.error(`${file} is larger than ${MOST_BYTES / 1000} kB`);
  process.exitCode = 1;
}

/** As WebP, which is a fourth of the PNG and looks the same; the browser knows how to make one. */
async function packed(page: Page, png: Buffer): Promise<Buffer> {
  const url = await page.evaluate<string>(`new Promise((resolve, reject) => {
    const image = new Image();
    image.onerror = () => reject(new Error('the picture cannot be read'));
    image.onload = () => {
      const canvas = document.createElement('canvas');
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext('2d').drawImage(image, 0, 0);
      const made = ${JSON.stringify(QUALITIES)}.map((each) => canvas.toDataURL('image/webp', each));
      const isSmall = (url) => (url.length * 3) / 4 <= ${MOST_BYTES};
      resolve(made.find(isSmall) ?? made.at(-1));
    };
    image.src = 'data:image/png;base64,${png.toString('base64')}';
  })`);
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

const executablePath = findChromium();
if (executablePath === undefined) {
  console.log(`no pictures were taken: ${NO_CHROMIUM}`);
} else {
  const browser = await launch(executablePath, ARGS);
  // Named on the command line, or all.
  const isAsked = ({ file }: Shot) =>
    process.argv.length === 2 || process.argv.some((part) => file.includes(part));
  for (const { open, shots: all } of SCENES) {
    const shots = all.filter(isAsked);
    if (shots.length === 0) continue;
    const { url, close } = await open();
    for (const shot of shots) await take(browser, url, shot);
    await close();
  }
  await browser.close();
}

/**
 * `npm run bench:console -- [options]`: how smoothly the console is drawn while so many events come
 * in each second. The page is the built one, in Chromium; the node is made up. A frame is the time
 * from one drawing of the browser to the next, 16.7 ms if nothing holds it up. Each view is
 * measured without events first: what the machine itself does not manage is no fault of the page.
 * Where others use the machine, too, the processor time of the page is the truer figure.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { VIEWS } from '../../src/console/model/address.js';
import { consoleFile } from '../../src/doors/console/files.js';
import { writeRecording } from '../../src/events/recording.js';
import { optionsOf, refuse } from '../../test/support/command-line.js';
import { MadeUpEvents } from './stream.js';

const options = optionsOf({
  /** Events. */
  'per-second': 5000,
  /** Of each measurement. */
  seconds: 10,
  /** Events of before that the page is given when it opens. */
  past: { fallback: 50_000, least: 0 },
  /** One of them; without it, all. */
  view: '',
  chromium: '/usr/bin/chromium',
});
const { seconds, past, view } = options;
const views = view === '' ? VIEWS : VIEWS.filter((each) => each === view);
if (views.length === 0) refuse(`--view has to be one of ${VIEWS.join(', ')}`);
if (!existsSync(options.chromium)) refuse(`there is no ${options.chromium}: --chromium names it`);
if (!consoleFile('page.html')) refuse('the console was not built: npm run build');

const TICK_MS = 10;
const AIM_MS = 60;
let perSecond = 0;
const events = new MadeUpEvents();

const server = createServer(({ url = '' }, response) => {
  if (url.startsWith('/admin/recording')) {
    response.setHeader('X-Quorate-Node', 'a'.repeat(16));
    response.end(recording());
    return;
  }
  const file = consoleFile(url === '/' ? 'page.html' : url.replace('/console/', ''));
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.setHeader('Content-Type', file.type);
  response.end(file.bytes);
});

function recording(): string {
  const now = Date.now();
  const minutes = 15;
  const each = (minutes * 60_000) / Math.max(1, past);
  const frames = Array.from({ length: past }, (_, index) =>
    events.next(1, now - minutes * 60_000 + index * each),
  ).flat();
  const all = [...events.snapshots(now - minutes * 60_000), ...frames];
  return writeRecording(
    { madeAt: now, minutes, away: [] },
    all.map((frame) => JSON.stringify(frame)),
  );
}

new WebSocketServer({ server }).on('connection', (socket) => {
  for (const frame of events.snapshots(Date.now())) socket.send(JSON.stringify(frame));
  let told = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const due = Math.floor(((now - told) * perSecond) / 1000);
    told = perSecond === 0 ? now : told + (due / perSecond) * 1000;
    for (const frame of events.next(due, Date.now())) socket.send(JSON.stringify(frame));
  }, TICK_MS);
  socket.on('close', () => clearInterval(timer));
});

/** Runs in the page: the times from frame to frame, for so many milliseconds. */
const MEASURE = `(ms) => new Promise((resolve) => {
  const found = [];
  const begun = performance.now();
  let last = begun;
  const next = (now) => {
    found.push(now - last);
    last = now;
    if (now - begun < ms) requestAnimationFrame(next);
    else resolve(found.slice(1));
  };
  requestAnimationFrame(next);
})`;

interface Measured {
  /** Milliseconds from frame to frame, sorted. */
  readonly frames: readonly number[];
  /** Processor time of the page's main thread, as a share. */
  readonly busy: number;
}

async function measure(page: Page, cdp: CDPSession): Promise<Measured> {
  const taken = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  };
  const [before, begun] = [await taken(), performance.now()];
  const frames = await page.evaluate<number[]>(`(${MEASURE})(${seconds * 1000})`);
  const busy = (await taken()) - before;
  return {
    frames: frames.sort((one, other) => one - other),
    busy: (busy * 1000) / (performance.now() - begun),
  };
}

function line(what: string, { frames, busy }: Measured): string {
  const at = (share: number) => frames[Math.floor((frames.length - 1) * share)]!.toFixed(1);
  const over = frames.filter((ms) => ms > AIM_MS).length;
  const ofAll = `${over} of ${frames.length}`;
  const figures = [at(0.5), at(0.99), at(1), ofAll, `${(busy * 100).toFixed(0)} %`];
  return what.padEnd(26) + figures.map((figure) => figure.padStart(14)).join('');
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const browser = await chromium.launch({
  executablePath: options.chromium,
  args: ['--no-sandbox'],
});
console.log(`${past} events of before, then ${options['per-second']}/s; ${seconds} s each`);
const heads = ['median', 'p99', 'longest', `over ${AIM_MS} ms`, 'processor'];
console.log('ms from frame to frame'.padEnd(26) + heads.map((head) => head.padStart(14)).join(''));
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const cdp = await page.context().newCDPSession(page);
await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
page.on('pageerror', (error) => {
  console.error(error);
  process.exitCode = 1;
});
for (const name of views) {
  perSecond = 0;
  await page.goto(`http://127.0.0.1:${port}/#/${name}`, { timeout: 120_000 });
  await page.waitForSelector('main h1, main h2', { timeout: 120_000 });
  console.log(line(`${name}, no events`, await measure(page, cdp)));
  perSecond = options['per-second'];
  console.log(line(name, await measure(page, cdp)));
}
await browser.close();
server.closeAllConnections();
server.close();

/**
 * `npm run bench:latency -- [options]`: how long requests take at nodes that run already, on the
 * ports from `PORT_RANGE_START` to `PORT_RANGE_END`. They get the lines of a small store (`/s/key`)
 * in turn, and what one node has stored is read at the next. The figures go to a file, too.
 */
import { writeFileSync } from 'node:fs';
import { drive, type Latencies, type Plan } from '../../src/cli/load/drive.js';
import { optionsOf, refuse } from '../../test/support/command-line.js';
import { machineFacts } from '../report/machine.js';
import { keyText, valueText } from '../work.js';
import { findNodes, portsOf } from './nodes.js';

const RESULTS = 'results.json';
const LONGEST_PAUSE_SECONDS = 60;

const options = optionsOf({
  /** Of PUTs, and of GETs. */
  requests: 1000,
  /** Requests under way at the same time. */
  clients: 1,
  /** Seconds between one request of a client and its next, such as 2 or 0.5. */
  delay: '0',
  'value-bytes': { fallback: 100, least: 0 },
});
const { requests, clients, 'value-bytes': valueBytes } = options;
const delaySeconds = Number(options.delay || Number.NaN);
if (!(delaySeconds >= 0 && delaySeconds <= LONGEST_PAUSE_SECONDS)) {
  refuse(`--delay has to be a number of seconds, from 0 to ${LONGEST_PAUSE_SECONDS}`);
}
const ports = portsOf(process.env);

const { urls, without } = await findNodes(ports);
if (urls.length === 0) {
  console.error(
    `latency: no node serves on ports ${ports[0]} to ${ports.at(-1)}; start some first:`,
  );
  console.error(`  npm run cluster -- 3 --from ${ports[0]}`);
  process.exit(1);
}
for (const { port, why } of without) console.log(`no node serves on port ${port}: ${why}`);
const pauses = delaySeconds > 0 ? `, pauses of ${delaySeconds} s` : '';
const what = `${requests} PUT and ${requests} GET, ${clients} at a time${pauses}`;
console.log(`nodes: ${urls.length}; ${what}\n`);

const plan: Plan = { requests, clients, pauseMs: delaySeconds * 1000 };
const at = (index: number) => `${urls[index % urls.length]}/s/key`;
const machine = machineFacts();

const put = await drive(plan, (index) => {
  const body = JSON.stringify({ key: keyText(index), value: valueText(index, valueBytes) });
  return { url: at(index), init: { method: 'POST', body } };
});
const get = await drive(plan, (index) => ({ url: `${at(index + 1)}?key=${keyText(index)}` }));

console.log('        mean ms  median ms     p90 ms     p99 ms     max ms      req/s   success');
console.log(row('PUT', put));
console.log(row('GET', get));
const date = new Date().toISOString();
const work = { requests, clients, delaySeconds, valueBytes };
const report = { date, machine, nodes: urls, work, put, get };
writeFileSync(RESULTS, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`\nsaved as ${RESULTS}`);

function row(kind: string, of: Latencies): string {
  const figures = [of.meanMs, of.medianMs, of.p90Ms, of.p99Ms, of.maxMs, of.throughputPerSecond];
  const cells = figures.map((figure) => (figure?.toFixed(2) ?? '-').padStart(11)).join('');
  const failures = Object.entries(of.failures).map(([what, count]) => ` ${what}: ${count}`);
  return `${kind} ${cells} ${(of.successRate * 100).toFixed(2).padStart(8)}%${failures.join(',')}`;
}

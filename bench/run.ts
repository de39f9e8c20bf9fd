/**
 * `npm run bench -- [options]`: measures durable quorum writes and quorum reads over HTTP on three
 * local nodes, and on three etcd nodes if there is an etcd on the PATH.
 */
import { optionsOf, refuse } from '../test/support/command-line.js';
import { startQuorate } from './cluster.js';
import { etcdVersion, startEtcd } from './etcd.js';
import { type Measured, measure, type Target, type Work } from './load.js';
import { machineFacts, printMeasured, type Report, ratioOf, save } from './report.js';
import { hasWrk, measureWithWrk } from './wrk.js';

const options = optionsOf({
  /** Connections, spread over the three nodes. */
  clients: 64,
  /** Measured, for PUT and for GET each. */
  seconds: 10,
  keys: 100_000,
  'value-bytes': { fallback: 100, least: 0 },
  /** Seconds before the measured ones. */
  warmup: { fallback: 2, least: 0 },
  /** Becomes part of the name of the file with the results. */
  name: 'local',
  /** Measures with wrk too. */
  wrk: false,
  'skip-etcd': false,
});
if (options.wrk && !hasWrk()) refuse('--wrk needs wrk on the PATH');

const { clients, keys, seconds, warmup: warmupSeconds, 'value-bytes': valueBytes } = options;
const work: Work = { clients, keys, valueBytes, warmupSeconds, seconds };

async function run<T>(starting: Promise<Target>, use: (target: Target) => Promise<T>): Promise<T> {
  const target = await starting;
  try {
    return await use(target);
  } finally {
    await target.close();
  }
}

async function measureAndPrint(target: Target): Promise<Measured> {
  const measured = await measure(target, work);
  printMeasured(target.name, measured);
  return measured;
}

console.log(`${clients} clients, ${keys} keys, values of ${valueBytes} bytes, three nodes`);
const etcd = options['skip-etcd'] ? undefined : etcdVersion();
const machine = machineFacts(etcd);

const ours = await run(startQuorate(valueBytes), async (target) => {
  const measured = await measureAndPrint(target);
  const wrk = options.wrk ? await measureWithWrk(target, work) : undefined;
  if (wrk) console.log(`\nPUT by wrk\n${wrk.put}\nGET by wrk\n${wrk.get}`);
  return { measured, wrk };
});
const theirs = etcd ? await run(startEtcd(valueBytes), measureAndPrint) : undefined;
const ratio = theirs && ratioOf(ours.measured, theirs);
if (ratio) console.log(`\nquorate / etcd: ${ratio.put} PUT, ${ratio.get} GET`);

const report: Report = {
  date: new Date().toISOString(),
  name: options.name,
  machine,
  work,
  results: { quorate: ours.measured, ...(theirs && { etcd: theirs }) },
  ...(ratio && { ratio }),
  ...(ours.wrk && { wrk: ours.wrk }),
};
console.log(`\nsaved as ${save(report)}`);

/**
 * `npm run bench -- [options]`: measures durable quorum writes and quorum reads over HTTP on three
 * local nodes, and on three etcd nodes if there is an etcd on the PATH.
 */
import { parseArgs } from 'node:util';
import { startQuorate } from './cluster.js';
import { etcdVersion, startEtcd } from './etcd.js';
import { type Measured, measure, type Target, type Work } from './load.js';
import { machineFacts, printMeasured, type Report, ratioOf, save } from './report.js';
import { hasWrk, measureWithWrk } from './wrk.js';

const { values } = parseArgs({
  options: {
    /** Connections, spread over the three nodes. */
    clients: { type: 'string', default: '64' },
    /** Measured, for PUT and for GET each. */
    seconds: { type: 'string', default: '10' },
    keys: { type: 'string', default: '100000' },
    'value-bytes': { type: 'string', default: '100' },
    /** Seconds before the measured ones. */
    warmup: { type: 'string', default: '2' },
    /** Becomes part of the name of the file with the results. */
    name: { type: 'string', default: 'local' },
    /** Measures with wrk too. */
    wrk: { type: 'boolean', default: false },
    'skip-etcd': { type: 'boolean', default: false },
  },
});

/** An integer option of at least `least`. */
function integer(name: 'clients' | 'seconds' | 'keys' | 'value-bytes' | 'warmup', least: number) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  console.error(`--${name} has to be an integer of at least ${least}`);
  return process.exit(2);
}

const work: Work = {
  clients: integer('clients', 1),
  keys: integer('keys', 1),
  valueBytes: integer('value-bytes', 0),
  warmupSeconds: integer('warmup', 0),
  seconds: integer('seconds', 1),
};
if (values.wrk && !hasWrk()) {
  console.error('--wrk needs wrk on the PATH');
  process.exit(2);
}

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

const { clients, keys, valueBytes } = work;
console.log(`${clients} clients, ${keys} keys, values of ${valueBytes} bytes, three nodes`);
const etcd = values['skip-etcd'] ? undefined : etcdVersion();
const machine = machineFacts(etcd);

const ours = await run(startQuorate(valueBytes), async (target) => {
  const measured = await measureAndPrint(target);
  const wrk = values.wrk ? await measureWithWrk(target, work) : undefined;
  if (wrk) console.log(`\nPUT by wrk\n${wrk.put}\nGET by wrk\n${wrk.get}`);
  return { measured, wrk };
});
const theirs = etcd ? await run(startEtcd(valueBytes), measureAndPrint) : undefined;
const ratio = theirs && ratioOf(ours.measured, theirs);
if (ratio) console.log(`\nquorate / etcd: ${ratio.put} PUT, ${ratio.get} GET`);

const report: Report = {
  date: new Date().toISOString(),
  name: values.name,
  machine,
  work,
  results: { quorate: ours.measured, ...(theirs && { etcd: theirs }) },
  ...(ratio && { ratio }),
  ...(ours.wrk && { wrk: ours.wrk }),
};
console.log(`\nsaved as ${save(report)}`);

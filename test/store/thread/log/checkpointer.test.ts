/** The thread that makes checkpoints: what it says of a round, and a disk that fails in one. */
import { once } from 'node:events';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import {
  type CheckpointerOptions,
  type RoundOutcome,
  TURN,
} from '../../../../src/store/thread/log/checkpoints.js';
import { openDatabase } from '../../../../src/store/thread/schema.js';
import { obstacle } from '../../../support/data/obstacle.js';
import { PARTITIONS } from '../../../support/data/records.js';
import { Child } from '../../../support/processes/child.js';
import { suite } from '../../../support/runner/suite.js';
import { needsMount, smallDisk } from '../../small-disk.js';
import { databaseFile, temporaryDir } from '../../temporary.js';

const test = suite('checkpointer');
const SCRIPT = new URL('../../../../src/store/thread/log/checkpointer.js', import.meta.url);
const PROCESS = join(import.meta.dirname, 'checkpoints-process.js');

function start(file: string) {
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const workerData: CheckpointerOptions = { file, turn: turn.buffer, outcomes: port2 };
  const worker = new Worker(SCRIPT, { workerData, transferList: [port2] });
  const become = (next: number) => {
    // It has said what came of a round, and is just ending that.
    Atomics.wait(turn, 0, TURN.running);
    Atomics.store(turn, 0, next);
    Atomics.notify(turn, 0);
  };
  return {
    async round(): Promise<RoundOutcome> {
      const told = new Promise<RoundOutcome>((resolve) => port1.once('message', resolve));
      become(TURN.asked);
      return told;
    },
    async close(): Promise<void> {
      become(TURN.closing);
      await once(worker, 'exit');
      assert.is(Atomics.load(turn, 0), TURN.closed);
    },
  };
}

needsMount(test, '8m')(
  'no room for what comes home -> full; when there is some -> done',
  async () => {
    const dataDir = join(smallDisk, 'data');
    mkdirSync(dataDir);
    const db = openDatabase(dataDir, PARTITIONS);
    db.prepare('INSERT INTO probe VALUES (1, randomblob(?))').run(2 << 20);
    const { bavail, bsize } = statfsSync(smallDisk);
    const ballast = join(smallDisk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - (64 << 10)));
    const checkpointer = start(databaseFile(dataDir));
    assert.equal(await checkpointer.round(), { kind: 'full' });
    writeFileSync(ballast, '');
    assert.equal(await checkpointer.round(), { kind: 'done' });
    const [{ log, checkpointed }] = db.pragma('wal_checkpoint(NOOP)') as [
      { log: number; checkpointed: number },
    ];
    assert.ok(log > 0 && checkpointed === log, `${checkpointed} of ${log}`);
    await checkpointer.close();
    db.close();
  },
);

const noStrace = obstacle('strace', ['-f', '-e', 'trace=fdatasync', 'true']);
const needsStrace = noStrace
  ? (name: string) => test.skip(name, noStrace)
  : (name: string, body: () => Promise<void>) => test(name, body);

/** What is said where the syncs of the database itself fare so, and the log's do not. */
async function saidWhenSyncs(how: string): Promise<string> {
  const dataDir = temporaryDir();
  openDatabase(dataDir, PARTITIONS).close();
  const inject = ['-f', '-P', databaseFile(dataDir), '-e', `inject=fdatasync:${how}`];
  const log = ['-o', join(temporaryDir(), 'trace')];
  const run = [process.execPath, PROCESS, dataDir, '300'];
  const child = new Child('strace', [...inject, ...log, ...run]);
  await child.exited;
  // Not stderr: at an exit while a thread is in a call of the system Node.js 24 aborts, loudly.
  return child.stdout;
}

needsStrace('a sync of the database fails -> so do we, for good', async () => {
  assert.match(await saidWhenSyncs('error=EIO'), /^EIO: EIO: .*fdatasync\n$/);
});

needsStrace(
  'a sync of the database does not end -> not waited for longer than for long',
  async () => {
    const said = await saidWhenSyncs('delay_enter=5000000');
    assert.is(said, 'undefined: a checkpoint has not ended within 0.3 s\n');
  },
);

test.run();

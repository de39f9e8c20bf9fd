/** A node that runs within another program: starts, serves, stops, and leaves nothing behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Quorate, type QuorateOptions, StartError, type StartProblem } from '../src/quorate.js';
import { HttpClient } from './support/http/http-client.js';
import { freePorts } from './support/processes/ports.js';
import { suite } from './support/runner/suite.js';

const test = suite('quorate');

let folder: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-embedded-'));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

const silent = () => undefined;

function optionsFor(port: number, name: string): QuorateOptions {
  const host = '127.0.0.1';
  return {
    host,
    port,
    advertise: { host, port },
    introducers: [],
    expect: undefined,
    dataDir: join(folder, name),
    clusterSecret: '',
    partitions: 16,
    replicas: undefined,
    writeQuorum: undefined,
    readQuorum: undefined,
    weight: 1,
    zone: 'default',
  };
}

async function problemOf(options: QuorateOptions): Promise<StartProblem | undefined> {
  try {
    const opened = await Quorate.open(options, silent);
    await opened.stop();
    return undefined;
  } catch (error) {
    assert.instance(error, StartError);
    return (error as StartError).problem;
  }
}

/** Runs a node from its first `node.serving` until `use` has ended, and stops it. */
async function whileServing(
  options: QuorateOptions,
  use: (client: HttpClient) => Promise<void>,
): Promise<void> {
  const quorate = await Quorate.open(options, silent);
  let ended: Promise<void> | undefined;
  await new Promise<void>((serving) => {
    ended = quorate.run({
      begun: silent,
      told: ({ type }) => type === 'node.serving' && serving(),
    });
  });
  try {
    await use(new HttpClient(options.port));
  } finally {
    await quorate.stop();
  }
  await ended;
}

test('a node, and again on the same port and folder -> what it took is there', async () => {
  const options = optionsFor(await freePorts(1), 'twice');
  await whileServing(options, async (client) => {
    assert.is((await client.put('/kv/a', 'kept')).status, 204);
    assert.is(await problemOf({ ...options, port: await freePorts(1) }), 'dataDir');
    assert.is(await problemOf({ ...options, dataDir: join(folder, 'other') }), 'listen');
  });
  await whileServing(options, async (client) => {
    assert.is((await client.get('/kv/a')).text, 'kept');
  });
});

test('what cannot be -> refused before anything is opened, or closed again', async () => {
  const port = await freePorts(1);
  const options = optionsFor(port, 'refused');
  const tuning = { maxValueBytes: 1 << 20, maxInFlightBytes: 1 << 20 };
  assert.is(await problemOf({ ...options, ...tuning }), 'settings');
  assert.is(await problemOf({ ...options, replicas: 3, writeQuorum: 4 }), 'settings');
  assert.is(await problemOf({ ...options, introducers: [`127.0.0.1:${port}`] }), 'settings');
  const server = createServer().listen(port, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  await new Promise((closed) => server.close(closed));
});

test.run();

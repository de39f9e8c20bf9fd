/** The load of the process tests has to notice what it looks for: here a store that forgets. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { eventually } from '../eventually.js';
import { HttpClient } from '../http/http-client.js';
import { suite } from '../runner/suite.js';
import { RegisterLoad } from './register-load.js';

/** What a store does with its n-th write: as it should, or one of three mistakes. */
type Conduct = (write: number) => 'store' | 'lose' | 'fail' | 'store and fail';

const test = suite('register-load');
let server: Server | undefined;

test.after.each(() => {
  server?.closeAllConnections();
  server?.close();
});

async function startStore(conduct: Conduct): Promise<number> {
  const values = new Map<string, string>();
  let writes = 0;
  server = createServer(async (request, response) => {
    const key = request.url!;
    const value = values.get(key);
    if (request.method === 'GET') {
      response.writeHead(value === undefined ? 404 : 200).end(value);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const outcome = conduct(++writes);
    if (outcome.startsWith('store')) values.set(key, Buffer.concat(chunks).toString());
    response.writeHead(outcome.endsWith('fail') ? 503 : 204);
    response.end(outcome.endsWith('fail') ? '{"code":"planted"}' : undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Fifty writes or so, then every key once more. */
async function runLoad(conduct: Conduct): Promise<RegisterLoad> {
  const port = await startStore(conduct);
  const load = new RegisterLoad('x', [port], 2);
  await eventually(() => load.writes >= 50);
  await load.stop();
  const client = new HttpClient(port);
  assert.ok((await load.check([client])) >= 5);
  client.close();
  return load;
}

test('a store that stores -> no violation, no failure', async () => {
  const load = await runLoad(() => 'store');
  assert.equal(load.violations, []);
  assert.is(load.failures.size, 0);
  assert.ok(load.reads >= 48);
});

test('a store that acknowledges a write and loses it -> a violation', async () => {
  const load = await runLoad((write) => (write === 20 ? 'lose' : 'store'));
  assert.ok(load.violations.length > 0);
});

test('a store that refuses writes, stored or not -> failures, no violation', async () => {
  const fails: Conduct = (write) => {
    if (write % 10 !== 0) return 'store';
    return write % 20 === 0 ? 'fail' : 'store and fail';
  };
  const load = await runLoad(fails);
  assert.equal(load.violations, []);
  assert.ok(load.failures.get('PUT 503 planted')! >= 5);
});

test.run();

/** What passes through the proxy stays in order, whatever becomes of its delay. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { eventually } from '../eventually.js';
import { suite } from '../runner/suite.js';
import { RawConnection } from './raw-connection.js';
import { SlowProxy } from './slow-proxy.js';

const test = suite('slow proxy');

const echo = createServer((socket) => socket.pipe(socket));
let proxy: SlowProxy;

test.before(async () => {
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  proxy = await SlowProxy.open((echo.address() as AddressInfo).port);
});

test.after(() => {
  proxy.close();
  echo.close();
});

test('a delay that ends -> what comes later waits for what came before', async () => {
  const connection = await RawConnection.open(Number(proxy.address.split(':')[1]));
  const said = async (text: string) => {
    connection.send(text);
    await eventually(() => connection.received.endsWith(text));
  };
  await said('at once, ');
  proxy.delayMs = 100;
  connection.send('held back, ');
  await eventually(() => proxy.held > 0);
  proxy.delayMs = 0;
  await said('and no longer');
  assert.is(connection.received, 'at once, held back, and no longer');
  proxy.cut();
  await connection.ended();
});

test.run();

/** What has left of a large piece that its reader takes slowly. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { bytesSent } from '../../../../src/core/wire/frames/bytes-sent.js';
import { eventually } from '../../../support/eventually.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('bytes that were sent');

test('a piece larger than the buffers -> counted as its reader takes it', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [writer] = (await once(server, 'connection')) as [Socket];
  const size = 32 << 20;
  writer.write(Buffer.alloc(size));
  await eventually(() => bytesSent(writer) > 0);
  const before = bytesSent(writer);
  assert.ok(before < size, `${before} at once`);
  assert.is(writer.bytesWritten, size, 'which says nothing of that');
  reader.resume();
  await eventually(() => bytesSent(writer) > before);
  await eventually(() => bytesSent(writer) === size);
  reader.destroy();
  writer.destroy();
  server.close();
});

test.run();

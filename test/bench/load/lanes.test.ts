/** How many operations are under way, on how many connections; and what a swap is. */
import * as assert from 'uvu/assert';
import { type Answer, type Channel, DONE } from '../../../bench/load/channel.js';
import { once } from '../../../bench/load/drive.js';
import { Swapping } from '../../../bench/load/jobs.js';
import { type Target, withLanes } from '../../../bench/load/measure.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bench lanes');

test('any lanes, any of them on one connection -> as many lanes as were asked for', async () => {
  for (const [lanes, lanesPerConnection, connections] of [
    [64, 1, 64],
    [32, 64, 1],
    [107, 64, 2],
    [4, 8, 1],
    [1, 64, 1],
  ] as const) {
    let opened = 0;
    const open = async () => {
      opened++;
      return { close: () => undefined } as Channel;
    };
    const target = { system: { open, lanesPerConnection }, cluster: { ports: [1, 2, 3] } };
    const used = await withLanes(target as unknown as Target, lanes, async (all) => all.length);
    assert.equal([used, opened], [lanes, connections]);
  }
});

test('swaps -> each is one request, on the version that was learnt, or made last', async () => {
  const asked: [string, string][] = [];
  let made = 0;
  const channel: Channel = {
    ask(operation, done) {
      const { kind, key } = operation;
      asked.push([kind, 'version' in operation ? operation.version : key]);
      setImmediate(() => done({ ...DONE, version: `v${made++}` } as Answer));
    },
    close: () => undefined,
  };
  const swapping = new Swapping({ keys: 5, valueBytes: 1 }, 2);
  assert.is(swapping.keys, 4);
  await once([channel, channel], swapping.learn, swapping.keys);
  assert.equal(new Set(asked.map(([kind]) => kind)), new Set(['get']));
  assert.is(new Set(asked.map(([, key]) => key)).size, 4);
  asked.length = 0;
  await once([channel, channel], swapping.job, 8);
  assert.equal(new Set(asked.map(([kind]) => kind)), new Set(['swap']));
  assert.is(new Set(asked.map(([, version]) => version)).size, 8, 'none is swapped twice');
});

test.run();

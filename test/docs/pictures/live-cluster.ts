/** Three nodes under a small load, on the ports that the README has. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRecording } from '../../../src/events/recording.js';
import { Stream } from '../../sim/world/random.js';
import { eventually } from '../../support/eventually.js';
import { PacedLoad } from '../../support/load/paced-load.js';
import { NodeProcess } from '../../support/processes/node-process.js';

const PORTS = [8080, 8081, 8082];
const PER_SECOND = 60;
/** Of each node, so that there are curves to be seen. */
const SAMPLES = 10;
const WITHIN_MS = 120_000;

export async function openLiveCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  const nodes = PORTS.map((port, index) => {
    const joinBy = index === 0 ? [] : [`127.0.0.1:${PORTS[0]}`];
    return new NodeProcess(port, join(folder, String(port)), joinBy);
  });
  for (const node of nodes) await node.start();
  const [first] = nodes as [NodeProcess];
  const random = new Stream(1, 'pictures');
  const load = new PacedLoad({ ports: PORTS, clients: 8, keys: 400, valueBytes: 300, random });
  await load.fill();
  load.atRate(PER_SECOND, PORTS);
  const text = 'on three nodes';
  await first.client.put('/kv/greeting', text, { 'content-type': 'text/plain' });
  await eventually(async () => {
    const { text } = await first.client.get('/admin/recording?minutes=15&actors=0');
    const { frames } = parseRecording(text);
    return frames.filter(({ type }) => type === 'node.sampled').length >= SAMPLES;
  }, WITHIN_MS);
  const close = async () => {
    load.close();
    for (const node of nodes) await node.close();
    rmSync(folder, { recursive: true });
  };
  return { url: `http://${first.address}/`, close };
}

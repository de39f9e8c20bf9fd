/** Keys that a test has written: where they belong, and whether they are there. */

import type { NodeId } from '../../../src/core/data/version.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { codeOf, type HttpClient } from '../http/http-client.js';
import type { RingAnswer } from '../processes/node-process.js';

/** Requests at a time, to each client. */
const LANES = 32;

/** Writes `count` keys, spread over `clients`; resolves with them when all are acknowledged. */
export async function writeKeys(
  clients: readonly HttpClient[],
  name: string,
  count: number,
  valueBytes = 100,
): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  await eachKey(keys, clients, async (key, client) => {
    const answer = await client.put(`/kv/${key}`, textFor(key, valueBytes));
    if (answer.status !== 204) throw new Error(`PUT ${key}: ${answer.status} ${codeOf(answer)}`);
  });
  return keys;
}

/** Reads each key by one of the clients; resolves with a line for each that is wrong or lost. */
export async function wrongKeys(
  clients: readonly HttpClient[],
  keys: readonly string[],
  valueBytes = 100,
): Promise<string[]> {
  const wrong: string[] = [];
  await eachKey(keys, clients, async (key, client) => {
    const { status, text } = await client.get(`/kv/${key}`);
    if (status === 200 && text === textFor(key, valueBytes)) return;
    wrong.push(`${key} at port ${client.port}: ${status} ${text.slice(0, 200)}`);
  });
  return wrong;
}

/** Those of the keys that have a value. */
export async function presentKeys(
  clients: readonly HttpClient[],
  keys: readonly string[],
): Promise<string[]> {
  const present: string[] = [];
  await eachKey(keys, clients, async (key, client) => {
    if ((await client.get(`/kv/${key}`)).status === 200) present.push(key);
  });
  return present;
}

/** Those of the keys of which not every owner holds the same version at the moment. */
export async function differingKeys(
  clients: readonly HttpClient[],
  keys: readonly string[],
): Promise<string[]> {
  const differing: string[] = [];
  await eachKey(keys, clients, async (key, client) => {
    const answer = await client.get(`/admin/locate?key=${encodeURIComponent(key)}`);
    const { owners } = JSON.parse(answer.text) as { owners: { version?: string }[] };
    const [first, ...others] = owners.map(({ version }) => version ?? 'none');
    if (others.some((other) => other !== first)) differing.push(key);
  });
  return differing;
}

/** How many rows each member is to hold: of each key one at every owner, and none elsewhere. */
export function rowsOf(ring: RingAnswer, keys: readonly string[]): Map<NodeId, number> {
  const rows = new Map(ring.members.map(({ id }) => [id, 0]));
  for (const key of keys) {
    const owners = ring.owners[partitionOf(Buffer.from(key), ring.owners.length)]!;
    for (const owner of owners) rows.set(owner, rows.get(owner)! + 1);
  }
  return rows;
}

/** Does some work for every key, many at a time, with the clients in turn. */
export async function eachKey(
  keys: readonly string[],
  clients: readonly HttpClient[],
  work: (key: string, client: HttpClient) => Promise<void>,
): Promise<void> {
  const queue = keys.entries();
  const lane = async () => {
    for (const [index, key] of queue) await work(key, clients[index % clients.length]!);
  };
  await Promise.all(Array.from({ length: LANES * clients.length }, lane));
}

/** The value of a key; told from that of any other. */
export function textFor(key: string, bytes: number): string {
  return key.padEnd(bytes, '.');
}

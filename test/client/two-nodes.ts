/** Two nodes that do what a test says, and a client that knows them. */
import * as assert from 'uvu/assert';
import { type Client, type ConnectOptions, QuorateError } from '../../src/client/connect.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import { eventually } from '../support/eventually.js';
import { clientOf, FakeNode, ringOf } from './fake-node.js';

export class TwoNodes {
  first!: FakeNode;
  second!: FakeNode;
  client: Client | undefined;

  async start(): Promise<void> {
    this.first = await new FakeNode(1).start();
    this.second = await new FakeNode(2).start();
  }

  async stop(): Promise<void> {
    this.first.stop();
    this.second.stop();
    await this.client?.close();
    this.client = undefined;
  }

  /** A client of both nodes, which knows who owns what. */
  async connected(options: Partial<ConnectOptions> = {}): Promise<Client> {
    const { first, second } = this;
    first.ring = ringOf(1, first, second);
    second.ring = first.ring;
    const client = await clientOf([first, second], options);
    this.client = client;
    // Both have said that they are there.
    await eventually(async () => {
      await Promise.all([client.get(keyIn(0)), client.get(keyIn(1))]);
      return first.asked.length > 0 && second.asked.length > 0;
    });
    for (const node of [first, second]) {
      node.asked.length = 0;
      node.frames.length = 0;
    }
    return client;
  }
}

/** A key of one of the two partitions: the first owner of it has the same number. */
export function keyIn(partition: number): string {
  for (let i = 0; ; i++) if (partitionOf(Buffer.from(`k${i}`), 2) === partition) return `k${i}`;
}

/** How it was refused. */
export async function errorOf(ended: Promise<unknown>): Promise<QuorateError> {
  try {
    await ended;
  } catch (error) {
    assert.instance(error, QuorateError);
    return error as QuorateError;
  }
  throw new Error('it was not refused');
}

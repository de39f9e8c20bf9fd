/**
 * A cluster of real node processes on loopback, with their data in a temporary folder. Close it
 * whatever happens: that kills what still runs and removes the data.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '../eventually.js';
import type { HttpClient } from '../http/http-client.js';
import { NodeProcess, type Place, type RingAnswer } from './node-process.js';
import { freePorts } from './ports.js';

const STABLE_WITHIN_MS = 60_000;

export class ProcessCluster {
  readonly nodes: NodeProcess[] = [];
  readonly folder: string;
  readonly #args: readonly string[];
  readonly #places: readonly Place[];

  private constructor(folder: string, args: readonly string[], places: readonly Place[]) {
    this.folder = folder;
    this.#args = args;
    this.#places = places;
  }

  /** One for each node, in their order. */
  get clients(): HttpClient[] {
    return this.nodes.map(({ client }) => client);
  }

  get ports(): number[] {
    return this.nodes.map(({ port }) => port);
  }

  /**
   * Nodes that all serve and agree on one ring. `args`: flags for each of them; `places`: where
   * they run, by their index.
   */
  static async start(
    count: number,
    args: readonly string[] = [],
    places: readonly Place[] = [],
  ): Promise<ProcessCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'quorate-cluster-'));
    const cluster = new ProcessCluster(folder, args, places);
    try {
      await cluster.add();
      if (count > 1) await cluster.add(count - 1);
      await cluster.stable();
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Starts more nodes, all at once, which join by the first; serving does not mean stable yet. */
  async add(count = 1): Promise<void> {
    const introducer = this.nodes[0] ? [this.nodes[0].address] : [];
    const present = this.nodes.length;
    const firstPort = await freePorts(count);
    const added = Array.from({ length: count }, (_, i) => {
      const port = firstPort + i;
      const dataDir = join(this.folder, String(port));
      const place = this.#places[present + i];
      return new NodeProcess(port, dataDir, [...introducer, ...this.#args], place);
    });
    this.nodes.push(...added);
    await Promise.all(added.map((node) => node.start()));
  }

  /**
   * Resolves with the ring when all running nodes report the same one, naming every node, and reach
   * each other: a ring alone is read from the disk, and serves nobody yet.
   */
  async stable(): Promise<RingAnswer> {
    try {
      return await eventually(() => this.#commonRing(), STABLE_WITHIN_MS);
    } catch (error) {
      const outputs = this.nodes.map((node) => node.output).join('\n');
      throw new Error(`the nodes did not agree on a ring\n${outputs}`, { cause: error });
    }
  }

  async #commonRing(): Promise<RingAnswer | undefined> {
    const running = this.nodes.filter((node) => node.isRunning);
    const [first, ...others] = await Promise.all(running.map((node) => node.ring()));
    if (!first || first.transition || first.members.length !== this.nodes.length) return undefined;
    if (!others.every((other) => isDeepStrictEqual(other, first))) return undefined;
    const reached = await Promise.all(running.map((node) => node.reachable()));
    const all = running.map(({ address }) => address);
    return reached.every((some) => all.every((each) => some.includes(each))) ? first : undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

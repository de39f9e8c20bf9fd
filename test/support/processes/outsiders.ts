/** Nodes that a test starts beside a cluster, with their data in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess } from './node-process.js';

export class Outsiders {
  readonly folder: string;
  #started: NodeProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Outsiders> {
    return new Outsiders(await mkdtemp(join(tmpdir(), 'quorate-outsiders-')));
  }

  /** Not started yet; `args` as on its command line behind the port. */
  node(port: number, dataDir: string, ...args: string[]): NodeProcess {
    const node = new NodeProcess(port, join(this.folder, dataDir), args);
    this.#started.push(node);
    return node;
  }

  /** They are members from now on, and end with their cluster. */
  handOver(): void {
    this.#started = [];
  }

  /** To be called behind every test. */
  async end(): Promise<void> {
    const ended = this.#started;
    this.#started = [];
    await Promise.all(ended.map((node) => node.close()));
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

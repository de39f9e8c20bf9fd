/** One node of a cluster as a real process: started, killed, stopped, paused, started again. */

import { HttpClient } from '../http/http-client.js';
import { Child, type Exit } from './child.js';

export interface RingAnswer {
  readonly clusterId: string;
  readonly epoch: number;
  readonly replicas: number;
  readonly writeQuorum: number;
  readonly readQuorum: number;
  readonly members: readonly { readonly id: string; readonly address: string }[];
  readonly owners: readonly (readonly string[])[];
  readonly transition?: object;
}

/** Where a node runs, if not on this machine's loopback. */
export interface Place {
  readonly host: string;
  /** What starts a command there. */
  readonly wrapper: readonly string[];
}

const LOOPBACK: Place = { host: '127.0.0.1', wrapper: [] };

export class NodeProcess {
  readonly port: number;
  readonly address: string;
  readonly dataDir: string;
  readonly #args: readonly string[];
  readonly #place: Place;
  #child: Child | undefined;
  #client: HttpClient | undefined;

  /** `args`: what stands behind the port, such as an introducer and flags. */
  constructor(port: number, dataDir: string, args: readonly string[], place: Place = LOOPBACK) {
    this.port = port;
    this.address = `${place.host}:${port}`;
    this.dataDir = dataDir;
    this.#args = args;
    this.#place = place;
  }

  /** Starts it, for the first time or on the same port and data as before, until it serves. */
  async start(): Promise<void> {
    this.launch();
    await this.child.said(/^ready in /m);
  }

  /** Starts it and does not wait; `more`: for this time. */
  launch(more: readonly string[] = []): void {
    this.#client?.close();
    const { host, wrapper } = this.#place;
    this.#client = new HttpClient(this.port, undefined, host);
    const where = ['--host', host, '--data-dir', this.dataDir];
    const args = [String(this.port), ...this.#args, ...where, ...more];
    this.#child = Child.ofScript('src/main.js', args, { wrapper });
  }

  get child(): Child {
    if (!this.#child) throw new Error(`the node on port ${this.port} was never started`);
    return this.#child;
  }

  get client(): HttpClient {
    if (!this.#client) throw new Error(`the node on port ${this.port} was never started`);
    return this.#client;
  }

  get isRunning(): boolean {
    return this.#child?.isRunning ?? false;
  }

  /** What it has printed since its last start. */
  get output(): string {
    const { stdout, stderr } = this.child;
    return `node on port ${this.port}:\n${stdout}${stderr}`;
  }

  /** `kill -9`: nothing is finished. */
  async kill(): Promise<void> {
    this.child.signal('SIGKILL');
    await this.child.exited;
  }

  /** Asks it to stop and waits until it has. */
  async stop(): Promise<Exit> {
    this.child.signal('SIGTERM');
    return this.child.exited;
  }

  pause(): void {
    this.child.signal('SIGSTOP');
  }

  resume(): void {
    this.child.signal('SIGCONT');
  }

  /** The ring in force at this node; undefined as long as it has none. */
  async ring(): Promise<RingAnswer | undefined> {
    const answer = await this.client.get('/admin/ring');
    return answer.status === 200 ? (JSON.parse(answer.text) as RingAnswer) : undefined;
  }

  /** The addresses of the members it can reach, its own included. */
  async reachable(): Promise<string[]> {
    const answer = await this.client.get('/admin/status');
    const { members } = JSON.parse(answer.text) as {
      members: { address: string; standing: string }[];
    };
    return members
      .filter(({ standing }) => standing === 'up' || standing === 'self')
      .map(({ address }) => address);
  }

  /** For good: kills what still runs. */
  async close(): Promise<void> {
    this.#client?.close();
    if (this.isRunning) await this.kill();
  }
}

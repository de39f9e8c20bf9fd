/** What is measured: three nodes of a store, and a way to them. */
import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../test/support/processes/child.js';
import type { Channel } from '../load/channel.js';

export const NODES = 3;

export interface Cluster {
  /** One for each node. */
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  /** What the nodes have counted since their start; two of these say what was between. */
  counts?(): Promise<Counts>;
  close(): Promise<void>;
}

export interface Counts {
  /** Times that a disk was synced. */
  readonly syncs: number;
  /** Requests to the store that shared those. */
  readonly requests?: number;
  /** How late timers were: upper bounds in ms, how many up to each. */
  readonly lag?: ReadonlyMap<number, number>;
}

/** A program that makes clusters; several systems may be ways to the same. */
export interface Program {
  readonly name: string;
  /** What it says about its version; undefined if it is not installed. */
  version(): string | undefined;
  start(): Promise<Cluster>;
}

export type What = 'put' | 'get' | 'swap' | 'count';

export interface System {
  readonly name: string;
  readonly program: Program;
  /** When a put is acknowledged, and what a get promises. */
  readonly durability: string;
  readonly reads: string;
  readonly does: readonly What[];
  /** Operations at a time on each connection. */
  readonly lanesPerConnection: number;
  open(port: number): Promise<Channel>;
  /** Only where one node alone takes what is asked: its index. */
  readonly only?: number;
}

/** The first line of what a program says about itself. */
export function versionOf(program: string, ...args: string[]): string | undefined {
  const { error, stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return error ? undefined : stdout.split('\n')[0]?.trim();
}

/** Processes of a foreign program, ended whatever happens. Its folder goes with the scratch. */
export async function startChildren(
  name: string,
  commands: (folder: string) => readonly (readonly [string, ...string[]])[],
  ready: (children: readonly Child[]) => Promise<void>,
): Promise<{ pids: number[]; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const children = commands(folder).map(([command, ...args]) => new Child(command, args));
  const close = async () => {
    for (const child of children) child.signal('SIGKILL');
    await Promise.all(children.map((child) => child.exited));
  };
  try {
    await ready(children);
  } catch (error) {
    await close();
    const said = children.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    throw new Error(`${name} does not start:\n${said}`, { cause: error });
  }
  return { pids: children.map(({ pid }) => pid), close };
}

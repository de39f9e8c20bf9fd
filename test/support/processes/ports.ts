/** TCP ports for nodes that tests start. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { LANE_VARIABLE } from '../runner/lane.js';

/**
 * Below the range from which systems take the local ports of outgoing connections: one of those
 * could sit on a node's port while the node restarts.
 */
const FIRST = 15_000;
/** Of each lane of the runner: what one test leaves for a moment no other may take. */
const COUNT = 3_000;
const LANES = 5;
const MOST = 100;

const lane = Number(process.env[LANE_VARIABLE] ?? 0) % LANES;
let next = process.pid * 61;

/** The first of `count` ports in a row that are free now and that this process has not had. */
export async function freePorts(count: number): Promise<number> {
  for (let tried = 0; tried < COUNT; tried += count) {
    // One modulus for all, or two calls could be given the same port.
    const first = FIRST + lane * COUNT + (next % (COUNT - MOST));
    next += count;
    if (await areFree(first, count)) return first;
  }
  throw new Error(`there are no ${count} free ports in a row`);
}

async function areFree(first: number, count: number): Promise<boolean> {
  for (let port = first; port < first + count; port++) {
    if (!(await isFree(port))) return false;
  }
  return true;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    server.close();
  }
}

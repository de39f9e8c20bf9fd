/**
 * What happens at the nodes, as it happens. A connection that breaks is tried again: at the same
 * node it goes on behind what came last; at another one it begins anew, and what lies between is
 * told by nobody, as each node counts for itself.
 */
import { WebSocket } from 'ws';
import type { Frame } from '../../events/frame.js';
import { systemClock as clock, pause } from '../../system.js';
import { CommandFailed } from './failures.js';
import { checkDone, type Nodes } from './nodes.js';

export interface Wanted {
  /** Beginnings of types, as in `types=`; without it what is told unasked. */
  readonly types?: string;
  /** Of whom: `all`, or the node that is asked. */
  readonly nodes?: string;
  /** Behind this fact. */
  readonly since?: number;
}

export interface Listener {
  /** False: it has enough. */
  readonly take: (frame: Frame) => boolean;
  readonly note: (text: string) => void;
}

interface Heard {
  readonly isEnough: boolean;
  /** Of the node's own facts, the last. */
  readonly seq: number | undefined;
  readonly why: string;
}

const CONNECTED_WITHIN_MS = 2000;
/** A node says something every ten seconds. */
const SILENCE_MS = 30_000;
const FIRST_PAUSE_MS = 250;
const MOST_PAUSE_MS = 5000;
/** The node goes (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;

/**
 * Returns when the listener has enough; throws `CommandFailed` if nobody can be followed. Only what
 * is told counts: a node that answers otherwise, but tells nothing, is as one that is away.
 */
export async function follow(nodes: Nodes, wanted: Wanted, listener: Listener): Promise<void> {
  const { take, note } = listener;
  let place: { readonly node: string; readonly seq: number | undefined } | undefined;
  let waitMs = FIRST_PAUSE_MS;
  for (;;) {
    try {
      const node = await whoAnswers(nodes);
      const isSame = place === undefined || place.node === node;
      const since = place === undefined ? wanted.since : isSame ? place.seq : undefined;
      let isHeard = false;
      const heard = await listen(nodes.address, node, { ...wanted, since }, (frame) => {
        const isOther = !isSame && !isHeard;
        if (isOther) note(`${nodes.address} tells now; what happened in between is missing`);
        isHeard = true;
        return take(frame);
      });
      if (heard.isEnough) return;
      if (!isHeard) throw new CommandFailed('unreachable', `${nodes.address}: ${heard.why}`);
      note(`${nodes.address} tells no more: ${heard.why}; it is tried again`);
      place = { node, seq: heard.seq ?? since };
      waitMs = FIRST_PAUSE_MS;
    } catch (error) {
      const isForNow = error instanceof CommandFailed && error.exit === 'unreachable';
      if (!isForNow || place === undefined) throw error;
      waitMs = Math.min(waitMs * 2, MOST_PAUSE_MS);
    }
    await pause(waitMs);
  }
}

/** The id of the node that is asked from now on. */
async function whoAnswers(nodes: Nodes): Promise<string> {
  const answer = await nodes.ask({ method: 'GET', target: '/health/live', mayRepeat: true });
  checkDone(answer);
  return String(answer.headers['x-quorate-node']);
}

function listen(
  address: string,
  node: string,
  wanted: { readonly [name: string]: string | number | undefined },
  take: Listener['take'],
): Promise<Heard> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const socket = new WebSocket(`ws://${address}/admin/events?${query}`, {
    handshakeTimeout: CONNECTED_WITHIN_MS,
  });
  return new Promise((resolve, reject) => {
    let seq: number | undefined;
    let isEnough = false;
    let why = 'the connection broke';
    let silence: unknown;
    const hear = () => {
      clock.clearTimeout(silence);
      silence = clock.setTimeout(() => end('it is silent'), SILENCE_MS);
    };
    const end = (reason: string) => {
      why = reason;
      socket.terminate();
    };
    socket.on('open', hear);
    socket.on('unexpected-response', (_, response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        const body = Buffer.concat(parts);
        try {
          checkDone({ status, headers, body, from: address, mayBeMade: false });
          why = `it answers ${status}`;
        } catch (error) {
          reject(error);
        }
        socket.terminate();
      });
    });
    socket.on('message', (data) => {
      hear();
      const frame = frameOf(String(data));
      if (!frame) return end('what it tells cannot be understood');
      if (frame.node === node && 'seq' in frame) seq = frame.seq;
      if (isEnough || take(frame)) return;
      isEnough = true;
      socket.terminate();
    });
    socket.on('error', ({ message }) => {
      if (why === 'the connection broke') why = message;
    });
    socket.on('close', (code) => {
      clock.clearTimeout(silence);
      resolve({ isEnough, seq, why: code === GOING_AWAY ? 'it stops' : why });
    });
  });
}

function frameOf(text: string): Frame | undefined {
  try {
    const frame = JSON.parse(text) as Partial<Frame> | null;
    return typeof frame?.type === 'string' ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}

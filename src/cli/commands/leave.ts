/**
 * `npm run leave -- 8081`: asks a node to leave its cluster, and shows how far it is until it has.
 *
 * A node that is gone may have left or have died; the members that remain know which.
 *
 * Exit codes: 0 it has left; 1 it has not; 2 a command line that makes no sense.
 */
import '../preflight.js';
import { allMembers } from '../../core/ring/ring.js';
import { systemClock as clock, pause } from '../../system.js';
import { formatAddress, parseAddress, parsePort } from '../address.js';
import { ASK_EVERY_MS, SILENCE_MS } from '../verbs/members/waiting.js';

const USAGE = 'usage: npm run leave -- <port of this machine, or host:port>';
const ANSWER_MS = 5000;

interface Member {
  readonly id: string;
  readonly address: string;
}

/** What is read of `/admin/status`. */
interface Status {
  readonly id: string;
  readonly states: { readonly node: string };
  readonly members: readonly Member[];
  /** Why the change is not made yet. */
  readonly change?: { readonly waitsFor?: string };
  /** Of each member that gains something: partitions. */
  readonly transfer?: {
    readonly members?: readonly { readonly done: number; readonly total: number }[];
  };
}

/** What is read of `/admin/ring`. */
interface RingAnswer {
  readonly members: readonly Member[];
  readonly transition?: { readonly members: readonly Member[] };
}

interface Answer {
  /** 0 if there is none. */
  readonly status: number;
  readonly body: unknown;
  /** What went wrong, or the sentence of a refusal. */
  readonly detail: string;
}

class LeaveFailed extends Error {}

const [target = '', ...rest] = process.argv.slice(2);
if (['--help', '-h'].includes(target)) {
  console.log(USAGE);
  process.exit(0);
}
const node = addressOf(target);
if (node === undefined || rest.length > 0) {
  console.error(USAGE);
  process.exit(2);
}
try {
  await leave(node);
  process.exit(0);
} catch (error) {
  if (!(error instanceof LeaveFailed)) throw error;
  console.error(`leave: ${error.message}`);
  process.exit(1);
}

/** Resolves when the node has left; rejects with `LeaveFailed` if that cannot be said. */
async function leave(address: string): Promise<void> {
  let { id, members } = await statusOf(address);
  const asked = await ask(address, 'POST', '/admin/leave');
  if (asked.status !== 202) {
    throw new LeaveFailed(`the node at ${address} does not leave: ${asked.detail}`);
  }
  console.log(`node ${id} hands over what it owns`);
  let shown = '';
  let silentSince: number | undefined;
  for (;;) {
    const status = (await ask(address, 'GET', '/admin/status')).body;
    if (isStatus(status) && status.id === id) {
      silentSince = undefined;
      members = status.members;
      const line = progressLine(status);
      if (line !== '' && line !== shown) console.log(line);
      shown = line;
    } else if (await isMissing(id, members)) {
      break;
    } else {
      silentSince ??= clock.monotonic();
      if (clock.monotonic() - silentSince > SILENCE_MS) {
        throw new LeaveFailed(
          `the node is silent, and nobody says that it has left: start it again`,
        );
      }
    }
    await pause(ASK_EVERY_MS);
  }
  console.log(`node ${id} has left`);
}

async function statusOf(address: string): Promise<Status> {
  const { status, body, detail } = await ask(address, 'GET', '/admin/status');
  if (status === 0) throw new LeaveFailed(`no answer from ${address}: ${detail}`);
  if (!isStatus(body)) throw new LeaveFailed(`there is no node ready at ${address}: ${detail}`);
  return body;
}

/** Empty if there is nothing to say. */
function progressLine({ change, transfer }: Status): string {
  const progress = transfer?.members ?? [];
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  const done = sum(progress.map((each) => each.done));
  const total = sum(progress.map((each) => each.total));
  const parts = [];
  if (total > 0) parts.push(`${done}/${total} partitions`);
  if (change?.waitsFor) parts.push(`waits for ${change.waitsFor}`);
  return parts.join('; ');
}

/** Whether a member says that the ring does not name this node any more. */
async function isMissing(id: string, members: readonly Member[]): Promise<boolean> {
  const others = members.filter((member) => member.id !== id);
  const answers = await Promise.all(
    others.map(({ address }) => ask(address, 'GET', '/admin/ring')),
  );
  return answers.some(({ status, body }) => {
    if (status !== 200) return false;
    return !allMembers(body as RingAnswer).some((member) => member.id === id);
  });
}

/** Never rejects: no answer is an answer, too. */
async function ask(address: string, method: string, path: string): Promise<Answer> {
  const giveUp = new AbortController();
  const timer = clock.setTimeout(() => giveUp.abort(), ANSWER_MS);
  try {
    const response = await fetch(`http://${address}${path}`, { method, signal: giveUp.signal });
    const { status } = response;
    const body: unknown = await response.json();
    const { detail = `HTTP ${status}` } = Object(body) as { detail?: string };
    return { status, body, detail };
  } catch (error) {
    const { message, cause } = error as Error;
    const detail = cause instanceof Error ? cause.message : message;
    return { status: 0, body: undefined, detail };
  } finally {
    clock.clearTimeout(timer);
  }
}

function isStatus(body: unknown): body is Status {
  const { id, states, members } = Object(body) as Partial<Status>;
  return typeof id === 'string' && typeof states?.node === 'string' && Array.isArray(members);
}

function addressOf(text: string): string | undefined {
  const port = parsePort(text);
  const address = port === undefined ? parseAddress(text) : { host: '127.0.0.1', port };
  return address && address.port > 0 ? formatAddress(address) : undefined;
}

/** What a program may ask for: it is told at once, and no node hears of it. */
import { keyFromText, keyProblem } from '../core/data/key.js';
import { isContentType, isOperationId } from '../core/data/labels.js';
import { parseVersion } from '../core/data/version.js';
import type { Condition, Level } from '../core/requests.js';
import { MAX_REPLICAS } from '../core/ring/ring.js';
import { InvalidRequest } from './errors.js';

const LEVELS: readonly Level[] = ['one', 'quorum', 'all', 'linearizable'];
const MAX_VERSIONS = 100;
const MAX_PROGRAM_BYTES = 200;
const ADDRESS = /^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i;

function invalid(code: string, detail: string): InvalidRequest {
  return new InvalidRequest({ code, status: 400, detail, applied: 'no' });
}

function check(isRight: boolean, detail: string): void {
  if (!isRight) throw invalid('bad_request', detail);
}

export function keyOf(key: string | Uint8Array): Buffer {
  const bytes = typeof key === 'string' ? keyFromText(key) : bufferOf(key);
  const problem = typeof bytes === 'string' ? bytes : keyProblem(bytes);
  if (problem !== undefined) throw invalid('key_invalid', problem);
  return bytes as Buffer;
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function readLevel(level: Level = 'quorum'): Level {
  const owners = Number(level);
  const isNumber = Number.isInteger(owners) && owners >= 1 && owners <= MAX_REPLICAS;
  const isLevel = isNumber ? typeof level === 'number' : LEVELS.includes(level);
  check(isLevel, `level has to be ${LEVELS.join(', ')} or a number of owners`);
  return level;
}

export function writeLevel(level: Level = 'quorum'): Level {
  return level === 'any' ? level : readLevel(level);
}

export function deadlineOf(ms: number): number {
  check(Number.isFinite(ms) && ms > 0, 'a deadline has to be a number of ms above 0');
  return ms;
}

/** Undefined for never, as in REST; a text of a number would be another type. */
export function ttlOf(ttl: number | undefined): number {
  if (ttl === undefined) return 0;
  const isRight = Number.isInteger(ttl) && ttl > 0 && ttl <= 0xffffffff;
  check(isRight, 'ttl has to be a number of seconds above 0');
  return ttl;
}

export function contentTypeOf(contentType: string): string {
  check(isContentType(contentType), 'contentType has to be a header of at most 255 letters');
  return contentType;
}

export function idOf(id: string): string {
  check(isOperationId(id), 'idempotencyKey has to be 1 to 255 characters of ASCII');
  return id;
}

/**
 * A condition that is there, and undefined, was meant to be one: the ETag of something that was not
 * found. Without it the write would be unconditional.
 */
export function conditionOf(options: {
  readonly ifMatch?: string | readonly string[];
  readonly ifAbsent?: boolean;
}): Condition | undefined {
  const { ifMatch, ifAbsent } = options;
  const isLost = 'ifMatch' in options && ifMatch === undefined;
  check(!isLost, 'ifMatch is undefined: leave it out for a write without a condition');
  check(ifMatch === undefined || !ifAbsent, 'ifMatch and ifAbsent exclude each other');
  if (ifAbsent) return { kind: 'absent' };
  if (ifMatch === undefined) return undefined;
  if (ifMatch === '*') return { kind: 'present' };
  const tags = typeof ifMatch === 'string' ? [ifMatch] : ifMatch;
  check(tags.length > 0 && tags.length <= MAX_VERSIONS, `ifMatch takes 1 to ${MAX_VERSIONS} ETags`);
  // Tags of another store match nothing here, as in REST.
  const versions = tags.flatMap((tag) => parseVersion(tag.replaceAll('"', '')) ?? []);
  return { kind: 'matches', versions };
}

/** Of `host:port`; whatever scheme stands before it is left out. */
export function addressOf(node: string): string {
  const address = node.replace(/^(?:https?|wss?):\/\/|\/+$/g, '');
  check(isAddress(address), `nodes has to name them by host:port, and not by ${node}`);
  return address;
}

export function isAddress(address: string): boolean {
  return ADDRESS.test(address) && URL.canParse(`ws://${address}`);
}

export function programOf(program: string): string {
  const isRight = Buffer.byteLength(program) <= MAX_PROGRAM_BYTES;
  check(isRight, `program has at most ${MAX_PROGRAM_BYTES} bytes`);
  return program;
}

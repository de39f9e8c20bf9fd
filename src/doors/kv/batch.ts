/**
 * `POST /kv/batch`: many reads and writes in one request, a line of JSON each, and a line for each
 * in the answer, in the same order. Each is as if by itself: there is no all or nothing, and a line
 * that makes no sense is a line of the answer that says so.
 *
 * Lines are read as they come, and so many are under way at a time as there is room for; while
 * there is none, or the answers are not taken, no more is read. Lines about one key are done one
 * behind the other, so that a batch can write a key and read it.
 *
 * Key `batch` has the same path: it is meant where POST has `ttl=`, without which POST of a key
 * means nothing.
 */

import { OVERLOADED, OVERLOADED_RETRY } from '../../core/failures.js';
import { type LineProblem, LineSplitter, type LineTaker } from '../../core/wire/line-splitter.js';
import type { DoorContext } from '../context.js';
import type { BodyReading, Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { type BatchLine, foundJson, parseLine, problemJson, writtenJson } from './batch-line.js';
import { beginLines, textOf } from './lines.js';
import { readOptions, writeOptions } from './parameters.js';
import { refuseConditions } from './request-headers.js';

export const BATCH_PATH = '/kv/batch';
const MOST_LINES = 10_000;
/** Lines, and bytes of them, that are under way at a time; one is in any case. */
const LINES_AT_ONCE = 64;
const BYTES_AT_ONCE = 4 << 20;
/** Answers that have not left yet, bytes, whatever they wait for: then no other line is begun. */
const MOST_UNTAKEN_BYTES = 256 << 10;
/** JSON may spell one byte as six (`\u0000`), and there is the key and what stands around it. */
const JSON_FACTOR = 6;
const AROUND_BYTES = 16 << 10;

export function postBatch(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters('consistency', 'r', 'w', 'timeout');
  refuseConditions(exchange);
  // What is wrong with all lines is no line's problem.
  writeOptions(exchange, context);
  exchange.integer('r', 1, 16);
  new Batch(exchange, context).begin();
}

/** A line that has its place in the answer. */
interface Place {
  readonly line: number;
  readonly key?: string;
  /** The line of the answer, when it has ended. */
  text?: string;
  /** Of that, what is counted as held. */
  heldBytes: number;
}

interface Waiting {
  readonly raw: Buffer | LineProblem;
  parsed?: BatchLine | Problem;
}

class Batch implements LineTaker {
  readonly #exchange: Exchange;
  readonly #context: DoorContext;
  readonly #splitter: LineSplitter;
  #body!: BodyReading;
  /** Lines that have come and are not begun. */
  readonly #waiting: Waiting[] = [];
  /** Lines that are begun, in their order. */
  readonly #places: Place[] = [];
  /** As bytes of them in Latin-1: a text for each. */
  readonly #keys = new Set<string>();
  #lines = 0;
  /** The number of the line that is begun next. */
  #begun = 1;
  #isGoing = false;
  #underWay = 0;
  #bytesUnderWay = 0;
  #untakenBytes = 0;
  /** All lines have come, or there will be no more. */
  #hasEnded = false;
  #isCutShort = false;

  constructor(exchange: Exchange, context: DoorContext) {
    this.#exchange = exchange;
    this.#context = context;
    const most = context.settings.maxValueBytes * JSON_FACTOR + AROUND_BYTES;
    this.#splitter = new LineSplitter(most, this);
  }

  begin(): void {
    this.#body = this.#exchange.pieces({
      take: (piece) => {
        this.#splitter.take(piece);
        this.#goOn();
      },
      ended: (problem) => {
        if (problem) this.#giveUp(problem);
        else {
          this.#splitter.end();
          this.#hasEnded = true;
        }
        this.#goOn();
      },
    });
    beginLines(this.#exchange);
    const { whenClosing } = this.#context;
    const forget = whenClosing(() => {
      this.#giveUp(new Problem('shutting_down', 'this node is shutting down'));
      this.#goOn();
    });
    this.#exchange.response.once('close', forget);
  }

  hold(bytes: number): boolean {
    return this.#exchange.hold(bytes);
  }

  letGo(bytes: number): void {
    this.#exchange.letGo(bytes);
  }

  /** An empty line is none. */
  line(raw: Buffer | LineProblem): void {
    if (this.#hasEnded || (typeof raw !== 'string' && isBlank(raw))) return this.#drop(raw);
    this.#lines++;
    if (this.#lines > MOST_LINES) {
      this.#drop(raw);
      const detail = `a batch has at most ${MOST_LINES} lines; this one and those behind are left`;
      return this.#giveUp(new Problem('value_too_large', detail));
    }
    this.#waiting.push({ raw });
  }

  #drop(raw: Buffer | LineProblem): void {
    if (typeof raw !== 'string') this.letGo(raw.length);
  }

  /** No line is read any more; those that have come are done. */
  #giveUp(problem: Problem): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#isCutShort = true;
    this.#body.discard();
    this.#waiting.push({ raw: NO_BYTES, parsed: problem });
  }

  /** Begins what there is room for, and reads on if all has been begun. */
  #goOn(): void {
    // Some requests end as they begin: the loop below sees to what follows.
    if (this.#isGoing || this.#exchange.response.destroyed) return;
    this.#isGoing = true;
    while (this.#waiting[0] && this.#hasRoom(this.#waiting[0])) {
      this.#begin(this.#waiting.shift()!);
    }
    this.#isGoing = false;
    this.#send();
    if (!this.#hasEnded) {
      if (this.#waiting.length > 0) this.#body.pause();
      else this.#body.resume();
    } else if (this.#waiting.length + this.#places.length === 0) this.#end();
  }

  #end(): void {
    const { request, response } = this.#exchange;
    // Where the rest of a body was not read, no other request can follow.
    response.end(() => {
      if (this.#isCutShort) request.socket.end();
    });
  }

  #hasRoom(next: Waiting): boolean {
    if (this.#untakenBytes > MOST_UNTAKEN_BYTES) return false;
    if (this.#underWay === 0) return true;
    if (this.#underWay >= LINES_AT_ONCE || this.#bytesUnderWay >= BYTES_AT_ONCE) return false;
    const parsed = this.#parsed(next);
    return parsed instanceof Problem || !this.#keys.has(nameOf(parsed));
  }

  #parsed(waiting: Waiting): BatchLine | Problem {
    waiting.parsed ??= this.#parse(waiting.raw);
    return waiting.parsed;
  }

  #parse(raw: Buffer | LineProblem): BatchLine | Problem {
    // It may name a write.
    if (raw === 'no room') return Problem.from(OVERLOADED_RETRY);
    if (raw === 'too long') return new Problem('value_too_large', 'the line is too long');
    try {
      return parseLine(raw, this.#context);
    } catch (error) {
      if (error instanceof Problem) return error;
      throw error;
    }
  }

  #begin(waiting: Waiting): void {
    const parsed = this.#parsed(waiting);
    const line = this.#begun++;
    if (parsed instanceof Problem) {
      this.#drop(waiting.raw);
      const place = { line, heldBytes: 0 };
      this.#places.push(place);
      return this.#answer(place, problemJson(parsed));
    }
    const bytes = waiting.raw.length;
    const name = nameOf(parsed);
    const place: Place = { line, key: parsed.key.toString('utf8'), heldBytes: 0 };
    this.#places.push(place);
    this.#keys.add(name);
    this.#underWay++;
    this.#bytesUnderWay += bytes;
    const ended = (outcome: object) => {
      this.#keys.delete(name);
      this.#underWay--;
      this.#bytesUnderWay -= bytes;
      this.letGo(bytes);
      if (this.#exchange.response.destroyed) return;
      this.#answer(place, outcome, parsed.op);
      this.#goOn();
    };
    try {
      this.#run(parsed, ended);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setImmediate(ended, problemJson(error));
    }
  }

  #run(line: BatchLine, ended: (outcome: object) => void): void {
    const { backend, clock, settings } = this.#context;
    const { key, value, contentType, expiresAt, headers } = line;
    if (line.op === 'get') {
      this.#exchange.requireRoom(settings.maxValueBytes);
      const options = readOptions(this.#exchange, this.#context);
      return backend.read({ key, ...options }, (found) => ended(foundJson(found, clock.now())));
    }
    const options = writeOptions(this.#exchange, this.#context, headers);
    const type = line.op === 'put' ? contentType : '';
    backend.write({ key, value, contentType: type, expiresAt, ...options }, (written) =>
      ended(writtenJson(written, expiresAt, clock.now())),
    );
  }

  /** Its answer counts from now on, however long it waits for those of earlier lines. */
  #answer(place: Place, outcome: object, op?: BatchLine['op']): void {
    const { line, key } = place;
    const text = textOf([{ line, key, ...outcome }]);
    const bytes = Buffer.byteLength(text);
    if (this.hold(bytes)) place.heldBytes = bytes;
    // A read can be asked for again; what was done has to be said.
    else if (op === 'get') return this.#answer(place, problemJson(Problem.from(OVERLOADED)));
    place.text = text;
    this.#untakenBytes += bytes;
  }

  /** What is answered up to the first line that is not. */
  #send(): void {
    const open = this.#places.findIndex(({ text }) => text === undefined);
    const done = this.#places.splice(0, open < 0 ? this.#places.length : open);
    if (done.length === 0) return;
    const text = done.map((place) => place.text).join('');
    // From here on it is counted as a part of the answer.
    this.letGo(done.reduce((sum, { heldBytes }) => sum + heldBytes, 0));
    this.#exchange.part(text, () => {
      this.#untakenBytes -= Buffer.byteLength(text);
      this.#goOn();
    });
  }
}

const NO_BYTES = Buffer.alloc(0);

function nameOf({ key }: BatchLine): string {
  return key.toString('latin1');
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

/**
 * `POST /admin/backup` and `/admin/restore`: what `quorate backup` and `quorate restore` are made
 * of. How a backup of all nodes is taken, and why in this order: `node/backup/source.ts`.
 */
import { recordsIn } from '../../core/data/record.js';
import type { BackupPage } from '../../core/requests.js';
import {
  encodeBlock,
  encodeEnd,
  PARTS,
  type Part,
  type PartFailure,
} from '../../core/wire/backup-stream.js';
import { MAX_RECORD_BYTES } from '../../core/wire/fields.js';
import { RECORDS_LIMIT } from '../../core/wire/limits.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';

/** Bodies mean nothing here, and are read only so that the connection can go on. */
const MAX_BODY_BYTES = 8192;
const STREAM_HEADERS = ['Content-Type', 'application/octet-stream', 'Cache-Control', 'no-store'];

/** `?part=hints`, or `rows`: all that this node gives, as in `core/wire/backup-stream.ts`. */
export function postBackup(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters('part');
  const word = exchange.parameters.get('part');
  const part = PARTS.find((each) => each === word);
  if (part === undefined) {
    throw new Problem('bad_request', `part has to be one of ${PARTS.join(', ')}`);
  }
  exchange.body(MAX_BODY_BYTES, () => new PartStream(exchange, context, part).begin());
}

/** A page is read when the one before it has left for the network. */
class PartStream {
  readonly #exchange: Exchange;
  readonly #source: ReturnType<DoorContext['backend']['backup']>;
  #isClosing = false;

  constructor(exchange: Exchange, { backend, whenClosing }: DoorContext, part: Part) {
    this.#exchange = exchange;
    this.#source = backend.backup(part);
    const forget = whenClosing(() => {
      this.#isClosing = true;
    });
    exchange.response.once('close', forget);
  }

  begin(): void {
    this.#source.next((page) => this.#take(page));
  }

  #take(page: BackupPage): void {
    const { response } = this.#exchange;
    if (response.destroyed) return;
    if ('ok' in page && !response.headersSent) {
      return this.#exchange.problem(Problem.from(page));
    }
    if (!response.headersSent) this.#exchange.stream(200, STREAM_HEADERS);
    if ('ok' in page) return this.#end({ failure: page.detail });
    if ('part' in page) return void response.end(encodeEnd(page));
    if (this.#isClosing) return this.#end({ failure: 'the node is shutting down' });
    // An empty block would be an end.
    if (page.records.length === 0) return this.begin();
    this.#exchange.part(encodeBlock(page.records), () => this.begin());
  }

  #end(failure: PartFailure): void {
    this.#exchange.response.end(encodeEnd(failure));
  }
}

/**
 * Records one behind the other, of earlier epochs than the one in force. `?state=begun` before the
 * first, and `ended` after the last of all: till then this node says that it is not ready.
 */
export function postRestore(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters('state');
  const state = exchange.parameters.get('state');
  if (state === null) return takeRecords(exchange, context);
  if (state !== 'begun' && state !== 'ended') {
    throw new Problem('bad_request', 'state has to be begun or ended');
  }
  exchange.body(MAX_BODY_BYTES, () => {
    context.backend.markRestore(state === 'begun', () => exchange.json(200, { state }));
  });
}

function takeRecords(exchange: Exchange, { backend }: DoorContext): void {
  exchange.body(MAX_RECORD_BYTES, (body) => {
    const records = recordsIn(body);
    if (!records) throw new Problem('bad_request', 'the body does not hold records');
    if (records.length > RECORDS_LIMIT) {
      throw new Problem('bad_request', `the body holds more than ${RECORDS_LIMIT} records`);
    }
    backend.restore(records, (outcome) => {
      if (!outcome.ok) return exchange.problem(Problem.from(outcome));
      exchange.json(200, { records: records.length, epoch: outcome.epoch });
    });
  });
}

/**
 * `GET /kv`: the keys that hold a value, in byte order; how many there are, with `count=1` and for
 * HEAD; and as many as there are in one answer, a line each, for who accepts that.
 *
 * A page is made when it is asked for, and a stream or a count is page behind page, each with the
 * time that a request has. Nothing is kept here between two pages, nor between two requests.
 */
import { restOf } from '../../core/data/key-range.js';
import type { Failure, Listed, ListRequest } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { UNTRUSTED } from '../http/untrusted.js';
import { LEVEL_HEADER } from './answers.js';
import { cursorOf } from './cursor.js';
import { LineStream, wantsLines } from './lines.js';
import { type ListQuery, listOptions, listQuery, SCOPE } from './list-query.js';
import { listedJson } from './listed.js';

const COUNT_HEADER = 'X-Quorate-Count';
const USUAL_LIMIT = 100;
/** Keys of one page. */
const MOST_LIMIT = 1000;
const ASKING = ['consistency', 'r', 'timeout'] as const;

export function getList(exchange: Exchange, context: DoorContext): void {
  const isCount = exchange.method === 'HEAD' || exchange.parameters.get('count') === '1';
  if (isCount) return count(exchange, context);
  const isStream = wantsLines(exchange);
  const more = isStream ? [] : ['explain'];
  exchange.allowParameters(...SCOPE, 'limit', 'values', 'count', ...ASKING, ...more);
  exchange.integer('count', 0, 1);
  const query = listQuery(exchange);
  const withValues = exchange.integer('values', 0, 1) === 1;
  const asked = { reverse: query.scope.reverse, withValues, ...listOptions(exchange, context) };
  if (isStream) {
    const most = exchange.integer('limit', 1, Number.MAX_SAFE_INTEGER);
    return new KeyStream(exchange, context, query, { ...asked, limit: most ?? Infinity }).begin();
  }
  const limit = exchange.integer('limit', 1, MOST_LIMIT) ?? USUAL_LIMIT;
  context.backend.list({ range: query.range, limit, ...asked }, (listed) => {
    if (!listed.ok) return exchange.problem(Problem.from(listed));
    sendPage(exchange, context, query, listed);
  });
}

function sendPage(
  exchange: Exchange,
  { clock }: DoorContext,
  { scope }: ListQuery,
  { keys, next, reached, explanation }: Listed,
): void {
  const nowMs = clock.now();
  const lines = keys.map((each) => JSON.stringify(listedJson(each, nowMs)));
  const cursor = next ? cursorOf(scope, next) : null;
  const rest = JSON.stringify({ next: cursor, ...explanation }).slice(1);
  const headers = ['Content-Type', 'application/json; charset=utf-8', LEVEL_HEADER, reached];
  if (cursor !== null) headers.push('Link', `<${nextTarget(exchange, cursor)}>; rel="next"`);
  exchange.send(200, [...headers, ...UNTRUSTED], `{"keys":[\n${lines.join(',\n')}\n],${rest}\n`);
}

/** The same request, from the cursor on. */
function nextTarget({ path, parameters }: Exchange, cursor: string): string {
  const query = new URLSearchParams(parameters);
  query.set('cursor', cursor);
  return `${path}?${query}`;
}

/** Page behind page, until it is known how many there are, or nobody wants to know any more. */
function count(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters('prefix', 'after', 'before', 'count', ...ASKING);
  const { range } = listQuery(exchange);
  const options = { ...listOptions(exchange, context), isCount: true, limit: 1 };
  const asked = { ...options, withValues: false, reverse: false };
  let found = 0;
  const goOn = (rest: ListRequest['range']) => {
    context.backend.list({ range: rest, ...asked }, (listed) => {
      if (exchange.response.destroyed) return;
      if (!listed.ok) return exchange.problem(Problem.from(listed));
      found += listed.count;
      if (listed.next) return goOn(restOf(rest, listed.next, false));
      const headers = [COUNT_HEADER, String(found), LEVEL_HEADER, listed.reached];
      exchange.json(200, { count: found }, headers);
    });
  };
  goOn(range);
}

/**
 * The list as lines. The last of them has `next`, and no key: null at the end of the list, else the
 * cursor to go on with, and why it ends before, if that is not its limit.
 */
class KeyStream {
  readonly #exchange: Exchange;
  readonly #context: DoorContext;
  readonly #query: ListQuery;
  readonly #asked: Omit<ListRequest, 'range'>;
  #lines: LineStream | undefined;
  #range: ListRequest['range'];
  #left: number;
  /** Where it has come to; null: nowhere yet. */
  #cursor: string | null = null;

  constructor(
    exchange: Exchange,
    context: DoorContext,
    query: ListQuery,
    asked: Omit<ListRequest, 'range'>,
  ) {
    this.#exchange = exchange;
    this.#context = context;
    this.#query = query;
    this.#asked = asked;
    this.#range = query.range;
    this.#left = asked.limit;
    this.#cursor = exchange.parameters.get('cursor');
  }

  begin(): void {
    const limit = Math.min(this.#left, MOST_LIMIT);
    const request = { ...this.#asked, range: this.#range, limit };
    this.#context.backend.list(request, (listed) => this.#take(listed));
  }

  #take(listed: Listed | Failure): void {
    if (this.#exchange.response.destroyed) return;
    if (!listed.ok) return this.#fail(Problem.from(listed));
    const { keys, next, reached } = listed;
    this.#lines ??= new LineStream(this.#exchange, this.#context, [LEVEL_HEADER, reached]);
    const nowMs = this.#context.clock.now();
    const lines = keys.map((each) => listedJson(each, nowMs));
    const cursor = next ? cursorOf(this.#query.scope, next) : null;
    const isLast = !next || this.#left === keys.length;
    const refused = this.#lines.write(isLast ? [...lines, { next: cursor }] : lines, () => {
      if (isLast) this.#lines?.end();
      else this.begin();
    });
    // Then it has come no further.
    if (refused) return this.#fail(refused);
    this.#left -= keys.length;
    this.#cursor = cursor;
    if (next) this.#range = restOf(this.#range, next, this.#asked.reverse);
  }

  #fail(problem: Problem): void {
    if (!this.#lines) return this.#exchange.problem(problem);
    this.#lines.end({ next: this.#cursor, problem });
  }
}

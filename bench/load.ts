/**
 * The load: closed-loop clients, each with one keep-alive connection and one request under way.
 *
 * Clients and servers share the machine, so the clients have to be cheap (see `raw-http.ts`), and
 * one histogram takes all latencies. Closed-loop clients slow down with the server and so leave out
 * the waiting that a steady stream of requests would see; that is the habit of the field (wrk does
 * the same), and both sides of a comparison get the same treatment.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { AnswerReader } from '../test/support/http/raw-http.js';

/** A store that takes the load: where it listens and how a request looks. */
export interface Target {
  readonly name: string;
  readonly ports: readonly number[];
  put(key: number): Buffer;
  get(key: number): Buffer;
  close(): Promise<void>;
}

export interface Work {
  readonly clients: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
}

export interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers with a status that is not 2xx, warm-up included. */
  readonly failed: number;
}

export interface Measured {
  readonly put: Measurement;
  readonly get: Measurement;
}

const LONGEST_MICROS = 600_000_000;
const READ_BYTES = 64 << 10;
/** Prime to every usual number of keys: reads go over all of them, in no order. */
const STRIDE = 7919;

/** PUTs until time is up and every key is written, then GETs of all of them. */
export async function measure(target: Target, work: Work): Promise<Measured> {
  const keys = Array.from({ length: work.keys }, (_, key) => key);
  const puts = keys.map((key) => target.put(key));
  const put = await runPhase(target.ports, puts, work, work.keys);
  const gets = keys.map((key) => target.get((key * STRIDE) % work.keys));
  const get = await runPhase(target.ports, gets, work, 0);
  return { put, get };
}

/** Sends the requests over and over, `least` of them even if that takes longer than is measured. */
export async function runPhase(
  ports: readonly number[],
  requests: readonly Buffer[],
  { clients, warmupSeconds, seconds }: Work,
  least: number,
): Promise<Measurement> {
  const histogram = createHistogram({ lowest: 1, highest: LONGEST_MICROS, figures: 3 });
  let sent = 0;
  let failed = 0;
  const begin = performance.now() + warmupSeconds * 1000;
  const end = begin + seconds * 1000;

  const runClient = async (client: number): Promise<void> => {
    const socket = connect({
      host: '127.0.0.1',
      port: ports[client % ports.length]!,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafe(READ_BYTES), callback: onRead },
    });
    const reader = new AnswerReader();
    let sentAt = 0;
    function next(now: number): void {
      if (now >= end && sent >= least) {
        socket.end();
        return;
      }
      sentAt = now;
      socket.write(requests[sent++ % requests.length]!);
    }
    function onRead(bytes: number, buffer: Uint8Array): boolean {
      const status = reader.read((buffer as Buffer).subarray(0, bytes));
      if (status === undefined) return true;
      if (status < 200 || status > 299) failed++;
      const now = performance.now();
      if (now >= begin && now < end) {
        histogram.record(Math.max(1, Math.round((now - sentAt) * 1000)));
      }
      next(now);
      return true;
    }
    socket.on('connect', () => next(performance.now()));
    await ended(socket);
  };

  await Promise.all(Array.from({ length: clients }, (_, client) => runClient(client)));
  const ms = (percentile: number) => histogram.percentile(percentile) / 1000;
  return {
    perSecond: Math.round(histogram.count / seconds),
    p50Ms: ms(50),
    p90Ms: ms(90),
    p99Ms: ms(99),
    maxMs: histogram.max / 1000,
    failed,
  };
}

/** Rejects if the connection breaks: in a measurement nothing may. */
async function ended(socket: Socket): Promise<void> {
  await once(socket, 'close');
  if (!socket.writableFinished) throw new Error('a server closed the connection');
}

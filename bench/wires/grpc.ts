/**
 * Unary calls of gRPC over HTTP/2 without TLS, as little of both as etcd needs (RFC 9113; the
 * gRPC-over-HTTP/2 protocol). A library would use more CPU than the servers that are measured.
 *
 * The headers of a request are the same bytes each time, as nothing in them goes by the dynamic
 * table (RFC 7541, 6.2.2). Those of an answer are not read: a call that failed has no message.
 */
import { Connection, Pending } from './connection.js';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
} as const;
const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const HEAD_BYTES = 9;
const INITIAL_WINDOW = 65_535;
const WINDOW = 2 ** 30;
/** What the server may send is renewed each time it has sent so much. */
const RENEWED = 2 ** 28;
const [PUSH, STREAM_WINDOW] = [2, 4];
/** Compression flag and length. */
const PREFIX_BYTES = 5;

/** `message`: of the answer; undefined if the call failed. */
export type Called = (message: Buffer | undefined) => void;

interface Call {
  readonly done: Called;
  message: Buffer | undefined;
}

export class GrpcConnection {
  readonly #pending = new Pending();
  readonly #calls = new Map<number, Call>();
  readonly #queued: Buffer[] = [];
  #connection!: Connection;
  #stream = 1;
  #received = 0;
  /** Bytes that the server takes, of all streams together. */
  #window = INITIAL_WINDOW;

  static async open(port: number): Promise<GrpcConnection> {
    const grpc = new GrpcConnection();
    grpc.#connection = await Connection.open(port, (bytes) => grpc.#read(bytes));
    const settings = Buffer.alloc(12);
    settings.writeUInt16BE(PUSH, 0);
    settings.writeUInt16BE(STREAM_WINDOW, 6);
    settings.writeUInt32BE(WINDOW, 8);
    grpc.#connection.say(PREFACE);
    grpc.#connection.say(frame(FRAME.settings, 0, 0, settings));
    grpc.#connection.say(frame(FRAME.window, 0, 0, u32(WINDOW)));
    return grpc;
  }

  /** `headers`: see `headersOf`. Messages have to fit the first window of a stream, 64 KiB. */
  call(headers: Buffer, message: Buffer, done: Called): void {
    if (message.length + PREFIX_BYTES > INITIAL_WINDOW) throw new Error('too long for one window');
    const stream = this.#stream;
    this.#stream += 2;
    this.#calls.set(stream, { done, message: undefined });
    const data = Buffer.concat([Buffer.from([0]), u32(message.length), message]);
    this.#connection.say(frame(FRAME.headers, END_HEADERS, stream, headers));
    this.#queued.push(frame(FRAME.data, END_STREAM, stream, data));
    this.#send();
  }

  #send(): void {
    for (;;) {
      const next = this.#queued[0];
      if (!next || next.length - HEAD_BYTES > this.#window) return;
      this.#queued.shift();
      this.#window -= next.length - HEAD_BYTES;
      this.#connection.say(next);
    }
  }

  #read(bytes: Buffer): void {
    const all = this.#pending.with(bytes);
    if (!all) return;
    let at = 0;
    while (all.length >= at + HEAD_BYTES) {
      const end = at + HEAD_BYTES + all.readUIntBE(at, 3);
      if (all.length < end) break;
      const stream = all.readUInt32BE(at + 5) & 0x7fffffff;
      this.#take(all[at + 3]!, all[at + 4]!, stream, all.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    this.#pending.keep(all.subarray(at));
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    const call = this.#calls.get(stream);
    if (type === FRAME.data) this.#takeData(call, payload);
    else if (type === FRAME.settings && !(flags & ACK)) {
      this.#connection.say(frame(FRAME.settings, ACK, 0, Buffer.alloc(0)));
    } else if (type === FRAME.ping && !(flags & ACK)) {
      this.#connection.say(frame(FRAME.ping, ACK, 0, Buffer.from(payload)));
    } else if (type === FRAME.window && stream === 0) {
      this.#window += payload.readUInt32BE(0);
      this.#send();
    } else if (type === FRAME.goAway) throw new Error('the server closes the connection');
    const isEnd = type === FRAME.headers && flags & END_STREAM;
    if (call && (isEnd || type === FRAME.reset)) {
      this.#calls.delete(stream);
      call.done(call.message?.subarray(PREFIX_BYTES));
    }
  }

  #takeData(call: Call | undefined, payload: Buffer): void {
    if (call)
      call.message = call.message ? Buffer.concat([call.message, payload]) : Buffer.from(payload);
    this.#received += payload.length;
    if (this.#received < RENEWED) return;
    this.#connection.say(frame(FRAME.window, 0, 0, u32(this.#received)));
    this.#received = 0;
  }

  close(): void {
    this.#connection.close();
  }
}

/** Of a call of this method, such as `/etcdserverpb.KV/Put`. */
export function headersOf(method: string): Buffer {
  const text = (value: string) => Buffer.from([value.length, ...Buffer.from(value)]);
  const field = (bytes: readonly number[], ...texts: string[]) =>
    Buffer.concat([Buffer.from(bytes), ...texts.map(text)]);
  return Buffer.concat([
    // `:method: POST` and `:scheme: http` of the static table, then literals with names of it.
    field([0x83, 0x86]),
    field([0x04], method),
    field([0x01], 'localhost'),
    field([0x0f, 0x10], 'application/grpc'),
    field([0x00], 'te', 'trailers'),
  ]);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, HEAD_BYTES);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

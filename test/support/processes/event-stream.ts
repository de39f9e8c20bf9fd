/** Subscribers to `/admin/events` of real nodes: what they were told, and what they wait for. */
import { once } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { WebSocket } from 'ws';
import type { NodeId } from '../../../src/core/data/version.js';
import { EVENTS_PATH } from '../../../src/doors/routes.js';
import type { Frame } from '../../../src/events/frame.js';
import { NOBODY, reduce } from '../../../src/events/reduce.js';
import type { View } from '../../../src/events/view.js';
import { systemClock } from '../../../src/system.js';
import type { NodeProcess } from './node-process.js';

const WITHIN_MS = 60_000;

export type FrameType = Frame['type'];
type Told<F, T> = F extends { readonly type: infer U } ? (T extends U ? F : never) : never;
export type FrameOf<T extends FrameType> = Told<Frame, T>;

export class EventStream {
  /** All that has come, in its order. */
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #watchers = new Set<() => void>();
  #chapter = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (text) => {
      this.frames.push(JSON.parse(String(text)));
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  /** `query`: with its question mark. Resolves when the node has taken the subscriber. */
  static async open({ address }: NodeProcess, query = ''): Promise<EventStream> {
    const socket = new WebSocket(`ws://${address}${EVENTS_PATH}${query}`);
    const stream = new EventStream(socket);
    await once(socket, 'open');
    // A node that is killed has no last word; what is waited for tells of it.
    socket.on('error', () => undefined);
    return stream;
  }

  /** Forgets, for `told`, what has come so far. */
  turnPage(): void {
    this.#chapter = this.frames.length;
  }

  /**
   * The first frame since the page was turned that is of this type, told by `node` and with these
   * fields; waits for it. Rejects after a minute.
   */
  told<T extends FrameType>(
    type: T,
    node: NodeId,
    fields: Partial<FrameOf<T>> = {},
  ): Promise<FrameOf<T>> {
    const isIt = (frame: Frame) =>
      Object.entries(fields).every(([name, value]) =>
        isDeepStrictEqual(frame[name as keyof Frame], value),
      );
    return this.find(type, node, isIt);
  }

  /** As `told`; `isIt` says whether it is the right one. */
  find<T extends FrameType>(
    type: T,
    node: NodeId,
    isIt: (frame: FrameOf<T>) => boolean,
  ): Promise<FrameOf<T>> {
    const isRight = (frame: Frame): frame is FrameOf<T> =>
      frame.type === type && frame.node === node && isIt(frame as FrameOf<T>);
    let read = this.#chapter;
    return this.#until(
      () => {
        for (; read < this.frames.length; read++) {
          const frame = this.frames[read]!;
          if (isRight(frame)) return frame;
        }
        return undefined;
      },
      () => `${node} did not tell ${type}, but: ${this.#summary()}`,
    );
  }

  /** Resolves when so many frames have come. */
  async count(frames: number): Promise<void> {
    const isEnough = () => this.frames.length >= frames || undefined;
    await this.#until(isEnough, () => `${this.frames.length} of ${frames} frames came`);
  }

  /** Those of one node that have a number of their own, since the page was turned. */
  facts(node: NodeId): (Frame & { readonly seq: number })[] {
    return factsOf(this.frames.slice(this.#chapter), node);
  }

  /** What a fold makes of all that has come. */
  get view(): View {
    return this.frames.reduce(reduce, NOBODY);
  }

  /** Cuts the connection: nothing is finished. */
  async cut(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.terminate();
    await once(this.#socket, 'close');
  }

  #until<T>(look: () => T | undefined, what: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => {
        systemClock.clearTimeout(timer);
        this.#watchers.delete(watcher);
        this.#socket.off('close', fail);
      };
      const fail = () => {
        end();
        reject(new Error(what()));
      };
      const watcher = () => {
        const found = look();
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = systemClock.setTimeout(fail, WITHIN_MS);
      this.#watchers.add(watcher);
      this.#socket.on('close', fail);
      watcher();
    });
  }

  #summary(): string {
    const page = this.frames.slice(this.#chapter);
    return page.map(({ node, type }) => `${node.slice(0, 4)} ${type}`).join(', ');
  }
}

/** Of one node, what has a number of its own. */
export function factsOf(frames: readonly Frame[], node: NodeId) {
  return frames.filter(
    (frame): frame is Frame & { readonly seq: number } =>
      frame.node === node && frame.type.includes('.'),
  );
}

/** A subscriber that is cut off after every few facts, and goes on behind the last one. */
export class ResumingStream {
  /** Of all its connections. */
  readonly frames: Frame[] = [];
  connections = 0;
  readonly #ended: Promise<void>;
  /** Where to stop, once that is known. */
  #end = Number.POSITIVE_INFINITY;

  /** Begins behind `since`, and wants all types. */
  constructor(node: NodeProcess, since: number) {
    this.#ended = this.#run(node, since);
  }

  /** Resolves when it has all until `seq`, and asks no more. */
  async end(seq: number): Promise<void> {
    this.#end = seq;
    await this.#ended;
  }

  async #run(node: NodeProcess, since: number): Promise<void> {
    for (let place = since; place < this.#end; this.connections++) {
      const stream = await EventStream.open(node, `?types=all&since=${place}`);
      await stream.count(1 + (this.connections % 7));
      await stream.cut();
      this.frames.push(...stream.frames);
      for (const frame of stream.frames) if ('seq' in frame) place = frame.seq;
    }
  }
}

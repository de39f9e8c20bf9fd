/**
 * A TCP proxy on loopback that can hold back everything that passes through it for a while, in both
 * directions, and in order.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock as clock } from '../../../src/system.js';

export class SlowProxy {
  /** Each way: an answer comes twice as late. Holds for what comes in from now on. */
  delayMs = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lines = new Set<Line>();

  private constructor(targetPort: number) {
    this.#server = createServer((near) => {
      const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
      near.setNoDelay(true);
      this.#pipe(near, far);
      this.#pipe(far, near);
    });
  }

  static async open(targetPort: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(targetPort);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What waits in it, in pieces. */
  get held(): number {
    return [...this.#lines].reduce((sum, { length }) => sum + length, 0);
  }

  /** Breaks all connections that go through it. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #pipe(from: Socket, to: Socket): void {
    const line = new Line();
    this.#sockets.add(from);
    this.#lines.add(line);
    from.on('data', (bytes: Buffer) => line.add(this.delayMs, () => void to.write(bytes)));
    from.on('end', () => line.add(this.delayMs, () => void to.end()));
    // Which of them broke the other hears by its own close.
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#lines.delete(line);
      to.destroy();
    });
  }
}

/** Things to be done after a while, each behind the one before it. */
class Line {
  readonly #waiting: { readonly at: number; readonly run: () => void }[] = [];
  #lastAt = 0;

  get length(): number {
    return this.#waiting.length;
  }

  add(delayMs: number, run: () => void): void {
    if (delayMs === 0 && this.#waiting.length === 0) return run();
    this.#lastAt = Math.max(this.#lastAt, clock.monotonic() + delayMs);
    this.#waiting.push({ at: this.#lastAt, run });
    if (this.#waiting.length === 1) this.#wait();
  }

  #wait(): void {
    clock.setTimeout(() => {
      const now = clock.monotonic();
      while (this.#waiting[0] && this.#waiting[0].at <= now) this.#waiting.shift()!.run();
      if (this.#waiting.length > 0) this.#wait();
    }, this.#waiting[0]!.at - clock.monotonic());
  }
}

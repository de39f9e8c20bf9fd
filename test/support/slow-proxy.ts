/**
 * A TCP proxy on loopback that can hold back everything that passes through it for a while, in both
 * directions, and in order.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock as clock } from '../../src/system.js';

export class SlowProxy {
  /** Each way: an answer comes twice as late. Holds for what comes in from now on. */
  delayMs = 0;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async open(targetPort: number): Promise<SlowProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
      near.setNoDelay(true);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on('data', (bytes: Buffer) => proxy.#late(() => void to.write(bytes)));
        from.on('end', () => proxy.#late(() => void to.end()));
        // Which of them broke the other hears by its own close.
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const proxy = new SlowProxy(server, sockets);
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Breaks all connections that go through it. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  /** Timers of one duration fire in the order in which they were set. */
  #late(run: () => void): void {
    if (this.delayMs === 0) run();
    else clock.setTimeout(run, this.delayMs);
  }
}

/** A TCP connection for what no HTTP client would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '../eventually.js';

export class RawConnection {
  readonly #socket: Socket;
  received = '';
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
    });
    // A reset is one of the ways in which a server may end a connection: `closed` tells.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends `chunk` again and again until the server closes; returns how many bytes it took. */
  async sendUntilClosed(chunk: Uint8Array, maxBytes: number): Promise<number> {
    while (!this.closed && this.#socket.bytesWritten < maxBytes) {
      this.#socket.write(chunk);
      await eventually(() => this.closed || this.#socket.writableLength === 0);
    }
    return this.#socket.bytesWritten;
  }

  /** The status of the first answer that is not provisional. */
  async status(): Promise<number> {
    const match = await eventually(
      () => /(?:^|\r\n\r\n)HTTP\/1\.1 ([2-5]\d\d) /.exec(this.received) ?? undefined,
    );
    return Number(match[1]);
  }

  /** The statuses of all answers so far that are not provisional. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) =>
      Number(status),
    );
  }

  /** Sends no more, but goes on reading. */
  halfClose(): void {
    this.#socket.end();
  }

  /** Sends no more; resolves when the server has closed its side too. */
  async end(): Promise<void> {
    this.#socket.end();
    await this.ended();
  }

  async ended(): Promise<void> {
    await eventually(() => this.closed);
  }

  /** Goes away without a word. */
  destroy(): void {
    this.#socket.destroy();
  }
}

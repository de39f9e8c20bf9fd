/**
 * A socket as cheaply as a load needs it, which shares the machine with what it measures: one
 * buffer to read into, and one write for all that is said in a turn. One that breaks is thrown: in
 * a measurement none may.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const READ_BYTES = 64 << 10;

export class Connection {
  readonly #socket: Socket;
  #said: Buffer[] = [];
  #isOver = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('close', () => {
      if (!this.#isOver) throw new Error('a server closed the connection');
    });
  }

  /** `heard` gets what comes; the bytes are overwritten afterwards. */
  static async open(port: number, heard: (bytes: Buffer) => void): Promise<Connection> {
    const callback = (bytes: number, buffer: Uint8Array): boolean => {
      heard((buffer as Buffer).subarray(0, bytes));
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafe(READ_BYTES), callback };
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  /** At once. `text`: each character a byte. */
  write(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** At the end of the turn, with all else that is said in it. */
  say(bytes: Buffer): void {
    if (this.#said.push(bytes) > 1) return;
    setImmediate(() => {
      const all = this.#said;
      this.#said = [];
      this.#socket.write(all.length === 1 ? all[0]! : Buffer.concat(all));
    });
  }

  close(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }
}

/** What has come of something that is not whole yet. */
export class Pending {
  #parts: Buffer[] = [];
  #length = 0;
  /** Nothing is worth looking at before there is so much. */
  #wanted = 0;

  /** All there is, with this; undefined as long as that is known not to be enough. */
  with(bytes: Buffer): Buffer | undefined {
    if (this.#length === 0 && this.#wanted <= bytes.length) return bytes;
    this.#parts.push(Buffer.from(bytes));
    this.#length += bytes.length;
    if (this.#length < this.#wanted) return undefined;
    const all = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.clear();
    return all;
  }

  /** Keeps what is left over; `wanted`: its whole length, if that is known. */
  keep(bytes: Buffer, wanted = 0): void {
    if (bytes.length > 0) this.#parts = [Buffer.from(bytes)];
    this.#length = bytes.length;
    this.#wanted = wanted;
  }

  clear(): void {
    this.#parts = [];
    this.#length = 0;
    this.#wanted = 0;
  }
}

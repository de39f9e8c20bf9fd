/**
 * Takes a fresh socket through the handshake, within a limit of time and of bytes, and says once
 * how it ended. Nothing of the peer's is read as a message before that.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { present } from '../core/assert.js';
import type { Clock } from '../ports.js';
import { CLOSE, closeSocket, Refusal } from './closing.js';
import type { Handshake, Hello } from './handshake.js';

/** Two small frames and the overhead of the protocol fit many times. */
const HANDSHAKE_BYTES = 8192;

export interface GreetingFailure {
  /** Who ended it; the network is whoever cannot be asked. */
  readonly by: 'us' | 'them' | 'network';
  readonly code: number;
  readonly reason: string;
  /** As far as it introduced itself. */
  readonly peer: Hello | undefined;
}

export interface GreetingOptions {
  readonly socket: WebSocket;
  /** Of an accepted socket; a dialled one brings it when it opens. */
  readonly raw?: Socket;
  readonly handshake: Handshake;
  readonly clock: Clock;
  /** For everything, the dialling included. */
  readonly limitMs: number;
  /**
   * Called before we prove ourselves, the last chance to refuse: an acceptor knows by then that the
   * peer is who it says, a dialler does not.
   */
  admit(peer: Hello): Refusal | undefined;
  established(peer: Hello, raw: Socket): void;
  failed(failure: GreetingFailure): void;
}

export function greet(options: GreetingOptions): void {
  const { socket, handshake, clock } = options;
  let raw = options.raw;
  let peer: Hello | undefined;
  let bytes = 0;
  let error: string | undefined;
  let over = false;

  function end(): void {
    over = true;
    clock.clearTimeout(timer);
    socket.off('message', onMessage);
    socket.off('close', onClose);
  }

  function fail(by: GreetingFailure['by'], code: number, reason: string): void {
    end();
    options.failed({ by, code, reason, peer });
  }

  function refuse({ code, message }: Refusal): void {
    closeSocket(socket, clock, code, message);
    fail('us', code, message);
  }

  function proveOurselves(known: Hello): void {
    const refusal = options.admit(known);
    // A node of another cluster may be at an address of ours: it takes only a proven word for it.
    const isTold = refusal?.code === CLOSE.cluster && handshake.dials;
    if (!refusal || isTold) socket.send(handshake.proof());
    if (refusal) throw refusal;
  }

  /** True when both have proved themselves. */
  function advance(frame: Buffer): boolean {
    if (peer) {
      handshake.checkProof(frame);
      if (!handshake.dials) proveOurselves(peer);
      return true;
    }
    peer = handshake.readHello(frame);
    if (handshake.dials) proveOurselves(peer);
    else socket.send(handshake.hello());
    return false;
  }

  function onMessage(data: RawData, isBinary: boolean): void {
    try {
      if (!isBinary) throw new Refusal(CLOSE.malformed, 'a text frame in the handshake');
      if (!advance(data as Buffer)) return;
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      return refuse(thrown);
    }
    end();
    const socketBelow = present(raw, 'the socket below');
    socketBelow.off('data', onBytes);
    options.established(present(peer, 'who proved itself'), socketBelow);
  }

  function onClose(code: number, reason: Buffer): void {
    if (reason.length > 0) fail('them', code, reason.toString());
    else fail('network', code, error ?? 'the connection broke in the handshake');
  }

  /**
   * The library's limit is fixed when the socket is made and has to fit the largest record; this
   * one holds a stranger to what a handshake takes, also after we refused him.
   */
  function onBytes(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > HANDSHAKE_BYTES) socket.terminate();
  }

  function onOpen(): void {
    // The library's own listener was added before: when this one runs, the chunk has been handled.
    present(raw, 'the socket below').on('data', onBytes);
    if (handshake.dials) socket.send(handshake.hello());
  }

  const timer = clock.setTimeout(() => {
    const reason = `no handshake within ${options.limitMs} ms`;
    if (socket.readyState === socket.OPEN) refuse(new Refusal(CLOSE.late, reason));
    else {
      error = reason;
      socket.terminate();
    }
  }, options.limitMs);
  socket.on('message', onMessage);
  socket.on('close', onClose);
  socket.on('error', (cause: NodeJS.ErrnoException) => {
    error ??= cause.message || cause.code;
    // On an open socket this is a frame that breaks the protocol; else 'close' follows at once.
    if (raw && !over) refuse(new Refusal(CLOSE.malformed, error ?? 'a malformed frame'));
  });
  if (raw) onOpen();
  else {
    socket.once('upgrade', (response) => {
      raw = response.socket;
    });
    socket.once('open', onOpen);
  }
}

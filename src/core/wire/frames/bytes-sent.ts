/** Of a socket of `node:net`, what is looked at here. */
interface Socket {
  readonly bytesWritten: number;
}

/** What stands below a socket: Node's own time-out of sockets goes by it as well. */
interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/**
 * Bytes that the system has taken for a socket. `bytesWritten` counts what is handed to the layer
 * below as a whole, when the first byte of it leaves: a large frame would seem to stand still.
 */
export function bytesSent(socket: Socket): number {
  const handle = (socket as { readonly _handle?: Handle | null })._handle;
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten;
}

/** How the WebSocket library is set up, the same at both ends. It sets TCP_NODELAY by itself. */
import { FRAME_BYTES_LIMIT } from '../core/wire/limits.js';

export const PEER_PATH = '/peer';

export const SOCKET_OPTIONS = {
  // Costs memory for each connection, and most of what travels is small.
  perMessageDeflate: false,
  maxPayload: FRAME_BYTES_LIMIT,
  // Messages are never sent in fragments; a peer that does so only costs memory.
  maxFragments: 1,
  skipUTF8Validation: true,
  /** The library skips masking, and at the other end unmasking, for a mask of zeros. */
  generateMask(mask: Buffer): void {
    mask.fill(0);
  },
};

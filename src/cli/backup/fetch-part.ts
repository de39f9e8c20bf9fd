/** `POST /admin/backup` of one node, as it comes: it may be long. */
import { type IncomingMessage, request } from 'node:http';
import type { Part } from '../../core/wire/backup-stream.js';
import { parseAddress } from '../address.js';
import { whyOf } from '../client/http.js';

/** For so long nothing may come. A node pauses between pages, but never for as long. */
const SILENT_MS = 30_000;
const CONNECTED_WITHIN_MS = 5000;
const MOST_PROBLEM_BYTES = 64 << 10;

/**
 * Rejects with an `Error` that says in a few words why the node gives nothing more, or with what
 * `take` throws.
 */
export function fetchPart(
  address: string,
  part: Part,
  take: (piece: Buffer) => void,
): Promise<void> {
  const { host, port } = parseAddress(address) ?? { host: address, port: 0 };
  const path = `/admin/backup?part=${part}`;
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, method: 'POST', path, agent: false });
    const fail = (error: Error) => {
      asked.destroy();
      reject(error);
    };
    asked.setTimeout(CONNECTED_WITHIN_MS, () => fail(new Error('it does not answer')));
    asked.on('socket', (socket) => socket.once('connect', () => asked.setTimeout(SILENT_MS)));
    asked.on('error', (error) => fail(new Error(whyOf(error))));
    asked.on('response', (response) => {
      if (response.statusCode !== 200) return void problemOf(response).then(fail, fail);
      response.on('error', (error) => fail(new Error(whyOf(error))));
      response.on('end', resolve);
      response.on('data', (piece: Buffer) => {
        try {
          take(piece);
        } catch (error) {
          fail(error as Error);
        }
      });
    });
    asked.end();
  });
}

async function problemOf(response: IncomingMessage): Promise<Error> {
  let text = '';
  for await (const piece of response) {
    text += String(piece);
    if (text.length > MOST_PROBLEM_BYTES) break;
  }
  return new Error(detailIn(text) ?? `it answers ${response.statusCode}`);
}

function detailIn(text: string): string | undefined {
  try {
    const { detail } = Object(JSON.parse(text)) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}

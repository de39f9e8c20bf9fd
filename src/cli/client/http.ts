/** One HTTP request to one node. Targets are sent as they are: no part of a key is rewritten. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { systemClock as clock } from '../../system.js';
import { parseAddress } from '../address.js';

export interface Request {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array;
  /** How long the whole answer may take, ms. */
  readonly withinMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface NoAnswer {
  /** In a few words. */
  readonly why: string;
  /** The request may have arrived. */
  readonly wasSent: boolean;
}

const CONNECTED_WITHIN_MS = 2000;
const WORDS: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host cannot be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ECONNRESET: 'it hung up',
};

/** In a few words. */
export function whyOf({ code, message }: NodeJS.ErrnoException): string {
  return WORDS[code ?? ''] ?? code ?? message;
}

/** `address`: `host:port`. Never rejects. */
export function send(address: string, asked: Request): Promise<Answer | NoAnswer> {
  const { host, port } = parseAddress(address) ?? { host: address, port: 0 };
  const { method, target, headers, body, withinMs } = asked;
  return new Promise((resolve) => {
    let wasSent = false;
    const connecting = clock.setTimeout(
      () => outgoing.destroy(new Error('no connection')),
      CONNECTED_WITHIN_MS,
    );
    const answering = clock.setTimeout(() => outgoing.destroy(new Error('no answer')), withinMs);
    const end = (outcome: Answer | NoAnswer) => {
      clock.clearTimeout(connecting);
      clock.clearTimeout(answering);
      resolve(outcome);
    };
    const fail = (error: NodeJS.ErrnoException) => {
      end({ why: whyOf(error), wasSent });
    };
    const outgoing = request({ host, port, method, path: target, headers, agent: false });
    outgoing.on('socket', (socket) => {
      socket.on('connect', () => {
        wasSent = true;
        clock.clearTimeout(connecting);
      });
    });
    outgoing.on('error', fail);
    outgoing.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        end({ status, headers: response.headers, body: Buffer.concat(parts) });
      });
    });
    outgoing.end(body);
  });
}

/**
 * How two peers prove to each other that they hold the cluster's secret, before anything else is
 * read. Pure: frames in, frames out; sockets and time limits are in `greet.ts`.
 *
 *     dialler    hello   ->
 *                        <-   hello    acceptor
 *                proof   ->
 *                        <-   proof
 *
 * A proof is HMAC-SHA-256, under the secret, over the prover's role and both hello frames. Each
 * hello carries a fresh nonce, so a recorded proof fits no second handshake; the role keeps one's
 * own proof from being sent back; and since the whole frames are covered, nobody in between changes
 * a version, an id, a boot id or a cluster. The dialler proves itself first, so that whoever can
 * merely reach the port gets nothing to try secrets against. (Challenge and response with entity
 * names and nonces: ISO/IEC 9798-4, mutual authentication.)
 *
 * This proves who opened a connection, not what travels on it afterwards: whoever can change bytes
 * on the way needs to be kept out by the network, or by a tunnel.
 *
 * An empty secret makes the same exchange, which then proves nothing: for clusters on loopback.
 *
 * Rejected alternative: the proof in the headers of the upgrade request. It saves a round trip and
 * gives away the dialler's proof to whoever listens at the address, with no nonce of the acceptor.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { present } from '../core/assert.js';
import {
  nodeId,
  oneOf,
  Reader,
  type StructOf,
  struct,
  text,
  u16,
  u32,
  Writer,
} from '../core/codec.js';
import { isNodeId, type NodeId } from '../core/data/version.js';
import { PROTOCOL_VERSION } from '../core/wire/messages.js';
import type { PeerInfo } from '../ports.js';
import { CLOSE, Refusal } from './closing.js';

/** Of the protocol; every release widens the range or moves it, and says how it talks to others. */
const OLDEST_PROTOCOL_VERSION = 1;

const MAGIC = 0x51756f72;
const NO_HEADER = 'not a hello of this protocol';
const ADDRESS = /^[^\s/]+:\d{1,5}$/;
const PROOF_BYTES = 32;

/** Readable by every version there will ever be, so that a version can always be refused. */
const PREFACE = struct({ magic: u32, oldest: u16, newest: u16 });

const HELLO = {
  nodeId,
  bootId: text(64),
  /** Empty: in no cluster yet, and may only join one. */
  clusterId: text(64),
  /** Where the node can be dialled. */
  address: text(300),
  epoch: u32,
  channel: oneOf('control', 'bulk'),
  /** Chosen by the dialler for its control socket; its bulk socket names the one it belongs to. */
  session: text(32),
  nonce: text(64),
};
const helloFields = struct(HELLO);
/** Behind the fields that always were, each where those before it are. */
const programVersion = text(64);
const expects = text(64);

export interface Hello extends StructOf<typeof HELLO>, Pick<PeerInfo, 'programVersion'> {
  /** The member that the dialler's ring has at the dialled address; not said if there is none. */
  readonly expects?: NodeId;
}
export type Purpose = Pick<Hello, 'channel' | 'session' | 'expects'>;
/** What a node says of itself; `nonce` must never have been used before. */
export type PeerIdentity = Omit<Hello, keyof Purpose>;
export type Versions = { readonly oldest: number; readonly newest: number };

const OUR_VERSIONS: Versions = { oldest: OLDEST_PROTOCOL_VERSION, newest: PROTOCOL_VERSION };

/** Why two clusters must not talk, or undefined if they are one or one of them is none yet. */
export function clusterRefusal(ours: string, theirs: string): Refusal | undefined {
  if (ours === '' || theirs === '' || ours === theirs) return undefined;
  return new Refusal(CLOSE.cluster, `clusters ${ours} and ${theirs} do not mix`);
}

/** One side of one handshake. Everything that reads a frame throws `Refusal`. */
export class Handshake {
  readonly #own: PeerIdentity;
  readonly #secret: string;
  readonly #versions: Versions;
  readonly #dials: boolean;
  #purpose: Purpose | undefined;
  #ownHello: Buffer | undefined;
  #theirHello: Buffer | undefined;

  /** The dialler says what the socket is for; the acceptor learns it. */
  constructor(options: {
    own: PeerIdentity;
    secret: string;
    purpose?: Purpose;
    versions?: Versions;
  }) {
    this.#own = options.own;
    this.#secret = options.secret;
    this.#purpose = options.purpose;
    this.#dials = options.purpose !== undefined;
    this.#versions = options.versions ?? OUR_VERSIONS;
  }

  get dials(): boolean {
    return this.#dials;
  }

  hello(): Buffer {
    const writer = new Writer();
    PREFACE.put(writer, { magic: MAGIC, ...this.#versions });
    helloFields.put(writer, { ...this.#own, ...present(this.#purpose, 'what the socket is for') });
    const { programVersion: version } = this.#own;
    const member = this.#purpose?.expects;
    if (version !== undefined || member) programVersion.put(writer, version ?? '');
    if (member) expects.put(writer, member);
    this.#ownHello = writer.finish();
    return this.#ownHello;
  }

  readHello(frame: Buffer): Hello {
    const theirs = decodeHello(frame, this.#versions);
    const own = this.#own;
    if (theirs.nodeId === own.nodeId) {
      throw theirs.bootId === own.bootId
        ? new Refusal(CLOSE.self, 'the node dialled itself')
        : new Refusal(CLOSE.identity, `another process runs with the node id ${own.nodeId}`);
    }
    this.#purpose ??= { channel: theirs.channel, session: theirs.session };
    if (theirs.channel !== this.#purpose.channel || theirs.session !== this.#purpose.session) {
      throw new Refusal(CLOSE.malformed, 'the acceptor answers for another socket');
    }
    this.#theirHello = frame;
    return theirs;
  }

  proof(): Buffer {
    return this.#proofOf(this.#dials);
  }

  checkProof(frame: Buffer): void {
    if (frame.length !== PROOF_BYTES || !timingSafeEqual(frame, this.#proofOf(!this.#dials))) {
      throw new Refusal(CLOSE.secret, 'the cluster secrets differ');
    }
  }

  #proofOf(dialler: boolean): Buffer {
    const own = present(this.#ownHello, 'our hello');
    const theirs = present(this.#theirHello, 'their hello');
    const [first, second] = this.#dials ? [own, theirs] : [theirs, own];
    const length = Buffer.alloc(4);
    length.writeUInt32BE(first.length);
    return createHmac('sha256', this.#secret)
      .update(`quorate peer 1, ${dialler ? 'dialler' : 'acceptor'}\n`)
      .update(length)
      .update(first)
      .update(second)
      .digest();
  }
}

/** Bytes behind the known fields are left to later versions; the proofs cover them. */
function decodeHello(frame: Buffer, ours: Versions): Hello {
  const reader = new Reader(frame);
  const theirs = reading(() => PREFACE.take(reader));
  if (theirs.magic !== MAGIC) throw new Refusal(CLOSE.malformed, NO_HEADER);
  if (theirs.newest < ours.oldest || theirs.oldest > ours.newest) {
    const range = (v: Versions) => `${v.oldest} to ${v.newest}`;
    const sentence = `protocol versions ${range(ours)} here, ${range(theirs)} there`;
    throw new Refusal(CLOSE.protocolVersion, sentence);
  }
  const hello = reading(() => helloFields.take(reader));
  if (!ADDRESS.test(hello.address)) {
    throw new Refusal(CLOSE.malformed, 'the address in the hello is not host:port');
  }
  if (reader.done) return hello;
  const version = reading(() => programVersion.take(reader));
  const said = { ...hello, ...(version && { programVersion: version }) };
  if (reader.done) return said;
  const member = reading(() => expects.take(reader));
  return isNodeId(member) ? { ...said, expects: member } : said;
}

function reading<T>(take: () => T): T {
  try {
    return take();
  } catch (error) {
    throw new Refusal(CLOSE.malformed, `${NO_HEADER}: ${(error as Error).message}`);
  }
}

/**
 * Which of two connections of a pair stays.
 *
 * When two nodes dial each other at once, the connection dialled by the smaller id wins, and both
 * know it before either stands: the smaller refuses the other's while its own proof is on its way,
 * and nobody sends a proof to a peer it is connected with. (BGP resolves the collision in the same
 * way: RFC 4271, section 6.8.) A dialler that connects again has lost its former connection, and a
 * new boot id is a new process: both replace what stood.
 *
 * Rejected alternative: letting both connections stand and moving the traffic over. It spares a
 * rare `down` and costs a protocol that keeps the order and loses nothing.
 */
import type { NodeId } from '../core/data/version.js';
import { CLOSE, Refusal } from './closing.js';
import type { Target } from './dialler.js';
import { clusterRefusal, type Hello } from './handshake.js';
import type { Session } from './session.js';

/** What a node has to do with a peer that offers another connection. */
export interface Standing {
  readonly self: NodeId;
  /** Empty: in no cluster yet. */
  readonly clusterId: string;
  /** The open session with this very process. */
  readonly session: Session | undefined;
  /** Our proof is on its way to the peer, over a connection that we dialled. */
  readonly isProving: boolean;
  /**
   * Another process with the peer's id, at another address, has a session: whether it has given a
   * sign of life since it was asked for one. The peer may run on a copy of its disk.
   */
  readonly rival?: { readonly address: string; readonly lives: boolean } | undefined;
}

/** Why a peer that dialled us and has proved itself has to go all the same. */
export function refusalOfAccepted(peer: Hello, at: Standing): Refusal | undefined {
  const mismatch = clusterRefusal(at.clusterId, peer.clusterId);
  if (mismatch) return mismatch;
  if (peer.channel === 'bulk') return refusalOfBulk(peer, at);
  if (at.rival) return refusalOfRival(peer, at.rival);
  const weDialled = at.session?.dialler === at.self || at.isProving;
  return weDialled && at.self < peer.nodeId ? duplicate() : undefined;
}

/** Why a peer that we dialled, and that has only claimed who it is, shall not get our proof. */
export function refusalOfDialled(target: Target, peer: Hello, at: Standing): Refusal | undefined {
  const mismatch = clusterRefusal(at.clusterId, peer.clusterId);
  if (mismatch) return mismatch;
  if (target.peer !== undefined && target.peer !== peer.nodeId) {
    return new Refusal(CLOSE.otherNode, `${peer.nodeId} answers where ${target.peer} was`);
  }
  if (peer.channel === 'bulk') return refusalOfBulk(peer, at);
  if (at.rival) return refusalOfRival(peer, at.rival);
  return at.session || at.isProving ? duplicate() : undefined;
}

function refusalOfBulk(peer: Hello, { session }: Standing): Refusal | undefined {
  if (session?.id === peer.session && !session.hasBulk) return undefined;
  return new Refusal(CLOSE.noSession, 'no control socket belongs to this bulk socket');
}

/** The process that lives stays. Of one that is silent it is soon known that it is gone. */
function refusalOfRival({ nodeId }: Hello, { address, lives }: NonNullable<Standing['rival']>) {
  if (!lives) return new Refusal(CLOSE.duplicate, `it is asked whether ${address} still lives`);
  return new Refusal(CLOSE.identity, `another process runs with the node id ${nodeId}: ${address}`);
}

function duplicate(): Refusal {
  return new Refusal(CLOSE.duplicate, 'the two nodes have another connection');
}

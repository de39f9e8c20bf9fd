/** Members as people name them: by address, by port, or by the beginning of their id. */
import { nearMiss } from '../../core/near-miss.js';
import { named } from '../../core/planning/sentences.js';
import { CommandFailed } from './failures.js';

export interface Named {
  readonly id: string;
  /** `host:port` */
  readonly address: string;
}

const NODE_ID = /\b[0-9a-f]{16}\b/g;

/** A sentence of a node, in which members are called by their ids, with their addresses instead. */
export function withAddresses(text: string, members: readonly Named[]): string {
  const addresses = new Map(members.map(({ id, address }) => [id, address]));
  // Who is only planned has none yet.
  return text.replace(NODE_ID, (id) => addresses.get(id) || id);
}

/** Fewer digits of an id could be a port. */
const FEWEST_DIGITS = 4;

/** Throws `CommandFailed` if none is meant, or more than one could be. */
export function memberOf<M extends Named>(word: string, members: readonly M[]): M {
  const exactly = members.filter(({ id, address }) => word === id || word === address);
  const isPort = (address: string) => /^\d+$/.test(word) && address.endsWith(`:${word}`);
  const isBegun = (id: string) => word.length >= FEWEST_DIGITS && id.startsWith(word);
  const nearly = members.filter(({ id, address }) => isPort(address) || isBegun(id));
  const [member, ...others] = exactly.length > 0 ? exactly : nearly;
  const addresses = members.map(({ address }) => address);
  if (!member) {
    const meant = nearMiss(word, addresses);
    const hint = meant ? `did you mean ${meant}?` : `the members are ${named(addresses)}`;
    throw new CommandFailed('failed', `there is no member ${word}; ${hint}`);
  }
  if (others.length === 0) return member;
  const all = [member, ...others].map(({ address, id }) => `${address} (${id})`);
  throw new CommandFailed('usage', `${word} could be any of ${named(all)}`);
}

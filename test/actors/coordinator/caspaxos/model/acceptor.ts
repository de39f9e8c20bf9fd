/** One owner's row of the one key there is: the rules of the store, and of epochs. */
import { type EncodedRecord, recordVersion } from '../../../../../src/core/data/record.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../../../../src/core/data/version.js';
import type { Planted } from './options.js';

export type WriteReply =
  | { readonly kind: 'applied' }
  | { readonly kind: 'superseded'; readonly version: Version; readonly by: Obstacle };
/** A promise, what a round stored, or what a plain write stored. */
export type Obstacle = 'promise' | 'round' | 'plain';
export type PrepareReply =
  | { readonly kind: 'promised'; readonly record: EncodedRecord | undefined }
  | { readonly kind: 'refused'; readonly version: Version };
export type Fenced = { readonly kind: 'fenced'; readonly epoch: number };

export class Acceptor {
  readonly id: NodeId;
  readonly #planted: Planted | undefined;
  readonly #onRing: (epoch: number) => void;
  epoch = 1;
  record: EncodedRecord | undefined;
  /** Whether a round stored the record, not a plain write. */
  byRound = false;
  #promised: Version = NO_VERSION;

  constructor(id: NodeId, planted: Planted | undefined, onRing: (epoch: number) => void) {
    this.id = id;
    this.#planted = planted;
    this.#onRing = onRing;
  }

  get version(): Version {
    return this.record ? recordVersion(this.record) : NO_VERSION;
  }

  /** A sender that is behind is refused; one that is ahead brings its ring with it. */
  serve<R>(epoch: number, act: () => R, isStore = false): R | Fenced {
    const isUnfenced = isStore && this.#planted === 'storeAcrossEpochs';
    if (epoch < this.epoch && !isUnfenced) return { kind: 'fenced', epoch: this.epoch };
    this.adopt(epoch);
    return act();
  }

  adopt(epoch: number): void {
    if (epoch <= this.epoch) return;
    this.epoch = epoch;
    this.#onRing(epoch);
  }

  prepare(ballot: Version): PrepareReply {
    for (const version of [this.#promised, this.version]) {
      if (compareVersions(ballot, version) <= 0) return { kind: 'refused', version };
    }
    this.#promised = ballot;
    return { kind: 'promised', record: this.record };
  }

  write(record: EncodedRecord, byRound: boolean): WriteReply {
    const version = recordVersion(record);
    const order = compareVersions(version, this.version);
    if (order === 0) return { kind: 'applied' };
    if (order < 0)
      return { kind: 'superseded', version: this.version, by: this.byRound ? 'round' : 'plain' };
    const isBelowPromise = compareVersions(version, this.#promised) < 0;
    if (isBelowPromise && this.#planted !== 'storeBelowPromise') {
      return { kind: 'superseded', version: this.#promised, by: 'promise' };
    }
    this.record = record;
    this.byRound = byRound;
    return { kind: 'applied' };
  }
}

/** What every checker is given and may look at, and how it hears of what happens. */
import type { Cluster, ClusterObserver } from '../cluster/cluster.js';
import type { ListHistory, ListObserver } from '../lists/history.js';
import type { History, HistoryObserver } from '../load/history.js';
import type { Tap } from '../network/network.js';
import type { Options } from '../options.js';
import type { RegisterHistory } from '../registers/history.js';
import type { DeadLetter } from '../world/dead-letters.js';
import type { Invariant } from '../world/invariants.js';
import type { World } from '../world/world.js';

export interface Scene {
  readonly world: World;
  readonly cluster: Cluster;
  readonly history: History;
  readonly registers: RegisterHistory;
  readonly lists: ListHistory;
  readonly options: Options;
}

/** One invariant. All hooks but the name are optional. */
export interface Checker extends ClusterObserver, HistoryObserver, ListObserver {
  readonly invariant: Invariant;
  /** With each message as it is sent. */
  readonly sent?: Tap;
  /** In any node. */
  deadLetter?(letter: DeadLetter): void;
  /** Once per simulated second. */
  sample?(): void;
  /** When the world has healed and come to rest, before anything is asked for. */
  rested?(): void;
  /** When it has served everything, and is at rest again. */
  end?(): void;
}

/** Makes a checker for one run. `violated` says, in one sentence, what was seen. */
export type Check = (scene: Scene, violated: (detail: string) => void) => Checker;

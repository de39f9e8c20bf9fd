/** The door `/client` with a backend behind it that answers as told, and a program before it. */
import { CLIENT_PATH, ClientDoor } from '../../../src/doors/client/door.js';
import type { Backend } from '../../../src/doors/context.js';
import type { ProblemCode, ProblemCounts } from '../../../src/doors/http/problem.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { eventually } from '../../support/eventually.js';
import { KeyBackend, RING } from '../key-door.js';
import { openDoor, putBehind } from '../stub-backend.js';
import { Program } from './program.js';

/** Answers at once, or, if it holds, when it is told to. */
class ProgramBackend extends KeyBackend {
  readonly waiting: (() => void)[] = [];
  holds = false;

  override readonly read: Backend['read'] = (request, done) => {
    this.reads.push(request);
    this.#answer(() => done(this.found));
  };

  override readonly write: Backend['write'] = (request, done) => {
    this.writes.push(request);
    this.#answer(() => done(this.written));
  };

  #answer(answer: () => void): void {
    if (this.holds) this.waiting.push(answer);
    else answer();
  }
}

export class ProgramDoor {
  backend = new ProgramBackend(RING);
  clock = new ManualClock();
  /** One that was welcomed. */
  program!: Program;
  door!: HttpDoor;
  port!: number;
  #before!: Readonly<ProblemCounts>;

  async open(): Promise<this> {
    const log = () => undefined;
    ({ door: this.door, port: this.port } = await openDoor(this.backend));
    this.door.onUpgrade(CLIENT_PATH, new ClientDoor({ log, ...this.door }).accept, 'clients');
    return this;
  }

  /** Nothing was asked yet. */
  async renew(): Promise<void> {
    this.backend = new ProgramBackend(RING);
    this.clock = new ManualClock();
    putBehind(this.door, this.backend, this.clock);
    this.program = await Program.welcomed(this.port);
    this.#before = { ...this.door.problems };
  }

  /** How often a problem was answered since then. */
  counted(code: ProblemCode): number {
    return this.door.problems[code] - this.#before[code];
  }

  /** The program is gone, and nothing is held for it. */
  async leave(): Promise<void> {
    this.program.socket.terminate();
    await this.program.ended;
    await eventually(() => this.door.held.held === 0);
  }

  async close(): Promise<void> {
    putBehind(this.door, this.backend);
    await this.door.drain();
  }

  /** The clock goes on, look by look of the door. */
  async look(): Promise<void> {
    this.clock.advance(5000);
    await new Promise(setImmediate);
  }
}

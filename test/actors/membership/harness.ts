/**
 * Many membership actors in one process, on a heap clock and a network that loses and delays.
 * One seed gives one run. There is no I/O, and no real time.
 *
 * A stalled node (a paused process, a blocked event loop) is modelled after Node's loop: when it
 * goes on, first all overdue timers run, then what has arrived is read, then what the timers put
 * off by one turn. `deferTimers: false` judges in the timer instead, as a naive host would.
 */
import { type Actor, createActor } from 'xstate';
import { LAN, type MembershipConfig } from '../../../actors/membership/config.js';
import type { Effect, MembershipEvent, MembershipFact } from '../../../actors/membership/events.js';
import { membershipMachine } from '../../../actors/membership/machine.js';
import { Stream } from '../../sim/world/random.js';
import { Scheduler, type Task } from '../../sim/world/scheduler.js';

type Params<T extends Effect['type']> = Extract<Effect, { type: T }>['params'];

export interface SimulationOptions {
  readonly nodes: number;
  readonly seed: number;
  readonly config?: Partial<MembershipConfig>;
  /** Part of the messages that get lost. */
  readonly loss?: number;
  /** One way, uniform. */
  readonly delayMs?: readonly [min: number, max: number];
  /** Whether nodes that start are told of connections to the others; costs n² events. */
  readonly connect?: boolean;
  readonly deferTimers?: boolean;
}

export class Simulation {
  readonly nodes: SimulatedNode[] = [];
  readonly config: MembershipConfig;
  readonly deferTimers: boolean;
  readonly random: Stream;
  readonly scheduler = new Scheduler();
  readonly sent = new Map<string, number>();
  onFact: (node: SimulatedNode, fact: MembershipFact) => void = () => undefined;
  loss: number;
  /** Pairs that cannot reach each other, in this direction. */
  isCut: (from: SimulatedNode, to: SimulatedNode) => boolean = () => false;
  readonly #byId = new Map<string, SimulatedNode>();
  readonly #delayMs: readonly [number, number];
  readonly #connect: boolean;

  constructor(options: SimulationOptions) {
    this.config = { ...LAN, ...options.config };
    this.loss = options.loss ?? 0;
    this.deferTimers = options.deferTimers ?? true;
    this.random = new Stream(options.seed, 'membership');
    this.#delayMs = options.delayMs ?? [0.2, 2];
    this.#connect = options.connect ?? true;
    for (let i = 0; i < options.nodes; i++) {
      const node = new SimulatedNode(this, i);
      this.nodes.push(node);
      this.#byId.set(node.id, node);
    }
  }

  get now(): number {
    return this.scheduler.now;
  }

  get running(): SimulatedNode[] {
    return this.nodes.filter((node) => node.isRunning);
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  runFor(ms: number): void {
    const end = this.now + ms;
    while (this.scheduler.step(end));
  }

  /** Steps until the condition holds; the ms that took, or undefined if it took longer. */
  runUntil(holds: () => boolean, withinMs: number, stepMs = 50): number | undefined {
    const start = this.now;
    while (!holds()) {
      if (this.now - start >= withinMs) return undefined;
      this.runFor(stepMs);
    }
    return this.now - start;
  }

  send(from: SimulatedNode, { to, message }: Params<'sendMessage'>): void {
    this.sent.set(message.type, (this.sent.get(message.type) ?? 0) + 1);
    const target = this.#byId.get(to);
    if (!target || this.random.chance(this.loss) || this.isCut(from, target)) return;
    this.scheduler.after(this.random.between(...this.#delayMs), () =>
      target.receive({
        type: 'message.received',
        at: this.now,
        wallMs: target.wallMs,
        from: from.id,
        message,
      }),
    );
  }

  /** A node started: connections come up within 200 ms. */
  announce(started: SimulatedNode): void {
    if (!this.#connect) return;
    for (const other of this.running) {
      if (other === started || this.isCut(other, started)) continue;
      this.scheduler.after(this.random.between(0, 200), () => {
        other.receive({ type: 'peer.up', at: this.now, peer: started });
        started.receive({ type: 'peer.up', at: this.now, peer: other });
      });
    }
  }

  /** Whether all running nodes hold the same view, in which just they are alive. */
  isSettled(): boolean {
    const running = this.running;
    const incarnations = new Map(running.map((node) => [node.id, node.incarnation]));
    return running.every((node) =>
      node.members().every(({ id, status, incarnation }) => {
        const expected = incarnations.get(id);
        return expected === undefined
          ? status === 'dead' || status === 'left'
          : status === 'alive' && incarnation === expected;
      }),
    );
  }
}

/** A timer that came due while its node was stalled. */
interface Overdue {
  readonly id: string;
  readonly task: Task;
  readonly deliver: () => void;
}

type Inbound = Extract<MembershipEvent, { type: 'message.received' | 'peer.up' | 'peer.down' }>;

export class SimulatedNode {
  readonly id: string;
  readonly address: string;
  /** Of its wall clock against the simulation's. */
  clockOffsetMs = 0;
  bootId = '';
  /** What the disk holds. */
  incarnation = 0;
  #actor: Actor<typeof membershipMachine> | undefined;
  readonly #simulation: Simulation;
  readonly #timers = new Map<string, Task>();
  #stalled = false;
  #overdue: Overdue[] = [];
  #inbox: Inbound[] = [];

  constructor(simulation: Simulation, index: number) {
    this.#simulation = simulation;
    this.id = index.toString(16).padStart(16, '0');
    this.address = `10.0.0.${index}:8080`;
  }

  get isRunning(): boolean {
    return this.#actor?.getSnapshot().status === 'active';
  }

  get wallMs(): number {
    return this.#simulation.now + this.clockOffsetMs;
  }

  status() {
    return this.#actor!.getSnapshot().context.detector.status(this.#simulation.now);
  }

  members() {
    return this.status().members;
  }

  memberStatus(id: string): string | undefined {
    return this.members().find((member) => member.id === id)?.status;
  }

  start(): void {
    const simulation = this.#simulation;
    this.incarnation++;
    this.bootId = simulation.random.hex(16);
    const random = new Stream(simulation.random.whole(0, 2 ** 32), this.id);
    const actor = createActor(
      membershipMachine.provide({
        actions: {
          sendMessage: (_, params) => simulation.send(this, params),
          setTimer: (_, params) => this.#setTimer(params),
          clearTimer: (_, { id }) => this.#clearTimer(id),
          persistIncarnation: (_, { incarnation }) => this.#persist(incarnation),
          connect: () => undefined,
        },
      }),
      {
        input: {
          self: this,
          random: () => random.float(),
          config: simulation.config,
        },
      },
    );
    this.#actor = actor;
    actor.on('*', (fact) => simulation.onFact(this, fact));
    actor.start();
    const at = simulation.now;
    const members = simulation.nodes.map(({ id, address }) => ({ id, address, incarnation: 0 }));
    actor.send({ type: 'ring.adopted', at, members });
    actor.send({ type: 'incarnation.persisted', at, incarnation: this.incarnation });
    simulation.announce(this);
  }

  /** kill -9. With `hint`, the others see the connection break. */
  crash({ hint = false } = {}): void {
    this.#actor?.stop();
    this.#stalled = false;
    for (const id of [...this.#timers.keys()]) this.#clearTimer(id);
    this.#overdue = [];
    this.#inbox = [];
    if (!hint) return;
    const simulation = this.#simulation;
    for (const other of simulation.running) {
      other.receive({ type: 'peer.down', at: simulation.now, id: this.id });
    }
  }

  leave(): void {
    this.#actor?.send({ type: 'leave', at: this.#simulation.now });
  }

  stall(ms: number): void {
    if (this.#stalled) return;
    this.#stalled = true;
    this.#simulation.scheduler.after(ms, () => this.#goOn());
  }

  receive(event: Inbound): void {
    if (this.#stalled) this.#inbox.push(event);
    else this.#send(event);
  }

  #goOn(): void {
    this.#stalled = false;
    const overdue = this.#overdue;
    const inbox = this.#inbox;
    this.#overdue = [];
    this.#inbox = [];
    const { scheduler, deferTimers } = this.#simulation;
    for (const { id, task, deliver } of overdue) {
      if (this.#timers.get(id) !== task) continue;
      if (deferTimers) this.#timers.set(id, scheduler.after(0, deliver));
      else deliver();
    }
    const { wallMs } = this;
    for (const event of inbox) this.#send({ ...event, at: scheduler.now, wallMs } as Inbound);
  }

  #send(event: MembershipEvent): void {
    if (this.isRunning) this.#actor!.send(event);
  }

  #setTimer({ id, delayMs, fires }: Params<'setTimer'>): void {
    const { scheduler } = this.#simulation;
    const due = scheduler.now + delayMs;
    const deliver = () => {
      this.#timers.delete(id);
      this.#send({ ...fires, at: scheduler.now, lateByMs: scheduler.now - due });
    };
    const fire = () => {
      if (!this.#stalled) return deliver();
      this.#overdue.push({ id, task, deliver });
    };
    this.#clearTimer(id);
    const task = scheduler.at(due, fire);
    this.#timers.set(id, task);
  }

  #clearTimer(id: string): void {
    const task = this.#timers.get(id);
    if (task) this.#simulation.scheduler.cancel(task);
    this.#timers.delete(id);
  }

  #persist(incarnation: number): void {
    const { scheduler } = this.#simulation;
    const { bootId } = this;
    scheduler.after(1, () => {
      if (this.bootId !== bootId || !this.isRunning) return;
      this.incarnation = incarnation;
      this.#send({ type: 'incarnation.persisted', at: scheduler.now, incarnation });
    });
  }
}

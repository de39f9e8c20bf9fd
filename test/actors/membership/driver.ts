/** Drives one detector by hand, and reads what it leaves in its outbox. */
import { LAN, type MembershipConfig } from '../../../actors/membership/config.js';
import { Detector } from '../../../actors/membership/detector.js';
import type { Effect, SwimMessage, SwimMessageOf } from '../../../actors/membership/events.js';
import type { Claim } from '../../../actors/membership/roster.js';
import { Stream } from '../../sim/world/random.js';
import { idOf } from './claims.js';

/** Node a, at incarnation 1, that has heard the given claims. */
export function detectorOf(
  heard: Claim[],
  config: Partial<MembershipConfig> = {},
  ring: string[] = [],
) {
  const stream = new Stream(1, 'detector');
  const self = { id: idOf('a'), address: 'a:8080', bootId: 'boot-a1' };
  const detector = new Detector({
    self,
    random: () => stream.float(),
    config: { ...LAN, ...config },
  });
  const members = ring.map((name) => ({ id: idOf(name), address: `${name}:8080`, incarnation: 0 }));
  detector.adoptRing(members, 0);
  detector.start(1);
  hear(detector, heard, 0);
  detector.effects();
  return detector;
}

export function hear(detector: Detector, rumours: Claim[], at: number, from = 'z'): void {
  detector.receive(idOf(from), { type: 'swim.nack', probe: 0, rumours }, at, at);
}

export function exchange(detector: Detector, roster: Claim[], at: number, from = 'z'): void {
  detector.receive(idOf(from), { type: 'swim.synced', roster }, at, at);
}

export function paramsOf<T extends Effect['type']>(effects: readonly Effect[], type: T) {
  return effects
    .filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type)
    .map(({ params }) => params as Extract<Effect, { type: T }>['params']);
}

export function sent<T extends SwimMessage['type']>(effects: readonly Effect[], type: T) {
  return paramsOf(effects, 'sendMessage')
    .filter(({ message }) => message.type === type)
    .map(({ to, message }) => ({ to, message: message as SwimMessageOf<T> }));
}

export function facts(effects: readonly Effect[]): string[] {
  return paramsOf(effects, 'tell').map((fact) =>
    'id' in fact ? `${fact.type} ${fact.id.at(-1)}` : fact.type,
  );
}

export function statusOf(detector: Detector, name: string): string {
  const entry = detector.status(0).members.find(({ id }) => id === idOf(name));
  return entry ? `${entry.status}@${entry.incarnation}` : 'unknown';
}

export function timers(effects: readonly Effect[]): { [id: string]: number } {
  return Object.fromEntries(
    paramsOf(effects, 'setTimer').map((t) => [t.id, Math.round(t.delayMs)]),
  );
}

export function ackOf(probe: number, sender: Claim, wallMs = 0): SwimMessageOf<'swim.ack'> {
  return { type: 'swim.ack', probe, sender, wallMs, rumours: [] };
}

export function probe(detector: Detector, at: number) {
  detector.probeNext(at, 0);
  const effects = detector.effects();
  const [ping] = sent(effects, 'swim.ping');
  return { effects, to: ping!.to, ping: ping!.message };
}

/** Lets a probe of the only member fail at `at`. */
export function failProbe(detector: Detector, at: number, lateByMs = 0): Effect[] {
  detector.probeNext(at, 0);
  detector.askRelays(at + 500, 0);
  detector.judge(at + 1000, lateByMs);
  return detector.effects();
}

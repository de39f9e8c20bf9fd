/** Every system that is compared: whoever adds one adds a row. */
import { ETCD_GATEWAY, ETCD_GRPC } from './etcd.js';
import { FLOOR_REST } from './floor.js';
import { NATS } from './nats.js';
import { QUORATE_CLIENT, QUORATE_REST } from './quorate.js';
import { REDIS } from './redis.js';
import type { System } from './system.js';

/** The first is the one that the others are compared with. */
export const SYSTEMS: readonly System[] = [
  QUORATE_REST,
  QUORATE_CLIENT,
  FLOOR_REST,
  ETCD_GATEWAY,
  ETCD_GRPC,
  REDIS,
  NATS,
];

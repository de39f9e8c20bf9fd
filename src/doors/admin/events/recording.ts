/** `GET /admin/recording`: what happened in the last minutes, as one file for a bug report. */
import { gzip } from 'node:zlib';
import type { DoorContext } from '../../context.js';
import type { Exchange } from '../../http/exchange.js';
import { nodesOf } from './query.js';

const MINUTES = 5;
const MOST_MINUTES = 24 * 60;

export function getRecording(exchange: Exchange, { backend }: DoorContext): void {
  exchange.allowParameters('minutes', 'actors', 'nodes');
  const minutes = exchange.integer('minutes', 1, MOST_MINUTES) ?? MINUTES;
  const actorMinutes = exchange.integer('actors', 0, MOST_MINUTES) ?? minutes;
  const nodes = nodesOf(exchange.parameters.get('nodes'));
  const isPacked = /\bgzip\b/.test(exchange.header('accept-encoding') ?? '');
  backend.record({ minutes, actorMinutes, nodes }, (recording) => {
    const headers = [
      ...['Content-Type', 'application/json; charset=utf-8'],
      ...['Content-Disposition', `attachment; filename="quorate-${backend.id}.json"`],
      ...['Vary', 'Accept-Encoding'],
    ];
    if (!isPacked) return exchange.send(200, headers, recording);
    gzip(recording, (error, packed) => {
      if (error) throw error;
      exchange.send(200, [...headers, 'Content-Encoding', 'gzip'], packed);
    });
  });
}

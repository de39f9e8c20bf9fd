/** `/metrics`: what Prometheus asks. */
import { CONTENT_TYPE } from '../../metrics/exposition.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';

export function getMetrics(exchange: Exchange, { scrape }: DoorContext): void {
  exchange.allowParameters();
  void scrape().then((text) => exchange.send(200, ['Content-Type', CONTENT_TYPE], text));
}

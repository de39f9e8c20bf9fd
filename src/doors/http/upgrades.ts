/**
 * Which requests leave HTTP for another protocol.
 *
 * As soon as a server takes upgrades at all, Node takes every request that offers one for such, and
 * clients that offer HTTP/2 with each request (`Upgrade: h2c`) would never be answered. A server
 * may ignore the offer (RFC 9110, section 7.8). Node asks the request whether it is an upgrade, so
 * the request has to know better. (Later versions of Node have `shouldUpgradeCallback` for this.)
 */
import { IncomingMessage } from 'node:http';
import { present } from '../../core/assert.js';

/** The class of requests of a server that takes upgrades only at certain paths. */
export function upgradingAt(takes: (path: string) => boolean): typeof IncomingMessage {
  return class extends IncomingMessage {
    get upgrade(): boolean {
      return false;
    }

    set upgrade(offered: boolean) {
      if (!offered || !takes(pathOf(this))) return;
      Object.defineProperty(this, 'upgrade', { value: true, writable: true });
    }
  };
}

export function pathOf(request: IncomingMessage): string {
  const url = present(request.url, 'the target of a request');
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

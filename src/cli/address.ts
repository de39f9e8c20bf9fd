/** Hosts and ports as people write them. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Address {
  /** IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** A number alone is a port that lost its way, not a name. */
const HOST = /^(?:\[(?<v6>[^\]]+)\]|(?!\d+$)(?<name>[^\s/:[\]]+))$/;

/** A name or an IP address, IPv6 with or without brackets; undefined if it is neither. */
export function parseHost(text: string): string | undefined {
  if (isIPv6(text)) return text;
  const { v6, name } = HOST.exec(text)?.groups ?? {};
  if (v6 !== undefined) return isIPv6(v6) ? v6 : undefined;
  return name;
}

export function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

/** `host:port`, IPv6 in brackets; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const colon = text.lastIndexOf(':');
  // Without brackets the last group of an IPv6 address would be taken for a port.
  if (colon < 0 || isIPv6(text)) return undefined;
  const host = parseHost(text.slice(0, colon));
  const port = parsePort(text.slice(colon + 1));
  return host === undefined || port === undefined ? undefined : { host, port };
}

export function formatAddress({ host, port }: Address): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Whether to listen on `host` means to listen on every address of the machine. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

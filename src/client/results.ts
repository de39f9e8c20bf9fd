/** What operations end with. */
import { formatVersion, type Version } from '../core/data/version.js';

/** Of a value that was found. */
export class Found {
  readonly value: Buffer;
  readonly contentType: string;
  /** Seconds until it expires, rounded up; undefined if it never does. */
  readonly ttl: number | undefined;
  /** The level that was reached; undefined if the node did not say. */
  readonly level: string | undefined;
  readonly #version: Version;

  constructor(
    version: Version,
    found: { value: Buffer; contentType: string; ttl: number | undefined; level?: string },
  ) {
    this.#version = version;
    this.value = found.value;
    this.contentType = found.contentType;
    this.ttl = found.ttl;
    this.level = found.level;
  }

  /** Stands for this value in conditions, here and in REST. */
  get etag(): string {
    return etagOf(this.#version);
  }

  /** The value as text: UTF-8. */
  text(): string {
    return this.value.toString('utf8');
  }
}

/** Of a write that is stored on as many owners as its level asks for. */
export class Written {
  /** The level that was reached, `hint` if no owner has it yet; undefined if nobody said. */
  readonly level: string | undefined;
  readonly #version: Version;

  constructor(version: Version, level?: string) {
    this.#version = version;
    this.level = level;
  }

  /** Stands for what was written in conditions, here and in REST. */
  get etag(): string {
    return etagOf(this.#version);
  }
}

function etagOf(version: Version): string {
  return `"${formatVersion(version)}"`;
}

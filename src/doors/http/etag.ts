/** ETags: a version in quotes, and always a strong one. */
import { formatVersion, parseVersion, type Version } from '../../core/data/version.js';

const ENTITY_TAG = /^"([^"]*)"$/;

export function etagOf(version: Version): string {
  return `"${formatVersion(version)}"`;
}

/** Undefined if the text is no ETag of this store. */
export function parseEtag(text: string): Version | undefined {
  const quoted = ENTITY_TAG.exec(text);
  return quoted ? parseVersion(quoted[1]!) : undefined;
}

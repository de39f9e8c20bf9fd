/** ETags: a version in quotes, and always a strong one. */
import { formatVersion, parseVersion, type Version } from '../../core/data/version.js';

const ENTITY_TAG = /^"[^"]*"$/;

export function etagOf(version: Version): string {
  return `"${formatVersion(version)}"`;
}

/** Undefined if the text is no ETag of this store. */
export function parseEtag(text: string): Version | undefined {
  return ENTITY_TAG.test(text) ? parseVersion(text.slice(1, -1)) : undefined;
}

/** Entity tags (RFC 9110, section 8.8.3). Ours are a version in quotes, and always strong. */
import { formatVersion, type Version } from '../../core/data/version.js';

/** One element of a list, with empty ones before it. */
const ELEMENT = /[ \t,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?=,|$)/y;
const NO_MORE = /^[ \t,]*$/;

export interface EntityTag {
  readonly isWeak: boolean;
  /** What stands between the quotes. */
  readonly opaque: string;
}

export function etagOf(version: Version): string {
  return `"${formatVersion(version)}"`;
}

/** The tags of a list, whoever made them; undefined if the text is no list of at least one. */
export function parseEtags(text: string): EntityTag[] | undefined {
  const tags: EntityTag[] = [];
  let end = 0;
  for (;;) {
    ELEMENT.lastIndex = end;
    const match = ELEMENT.exec(text);
    if (!match) break;
    end = ELEMENT.lastIndex;
    tags.push({ isWeak: match[1] !== undefined, opaque: match[2] ?? '' });
  }
  return tags.length > 0 && NO_MORE.test(text.slice(end)) ? tags : undefined;
}

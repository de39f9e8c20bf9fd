/** A value as a person can read it, whatever its bytes are. */

export interface Shown {
  /** `bytes`: 16 of them a line, as place, bytes and letters. */
  readonly as: 'JSON' | 'text' | 'bytes';
  readonly text: string;
  /** There is more than is shown. */
  readonly isCut: boolean;
}

/** More bytes than that are not laid out. */
export const MOST_HEX_BYTES = 4096;
const MOST_LETTERS = 200_000;

export function shown(bytes: Uint8Array): Shown {
  const text = textOf(bytes);
  if (text === undefined) {
    const isCut = bytes.length > MOST_HEX_BYTES;
    return { as: 'bytes', text: hexOf(bytes.subarray(0, MOST_HEX_BYTES)), isCut };
  }
  if (/^\s*[[{]/.test(text)) {
    try {
      return { as: 'JSON', text: JSON.stringify(JSON.parse(text), undefined, 2), isCut: false };
    } catch {
      // It only begins like JSON.
    }
  }
  return { as: 'text', text: text.slice(0, MOST_LETTERS), isCut: text.length > MOST_LETTERS };
}

/** Undefined if that is no text: not UTF-8, or with control characters that text has not. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return /[^\P{Cc}\n\r\t]/u.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = row
      .map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${letters}`);
  }
  return lines.join('\n');
}

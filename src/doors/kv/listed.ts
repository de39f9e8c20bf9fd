/** A key and what it holds, as JSON: a line of a list, and of what a batch has read. */
import { isUtf8 } from 'node:buffer';
import type { DataRecord } from '../../core/data/record.js';
import { timeToLive } from '../../core/data/visible.js';
import type { ListedKey } from '../../core/requests.js';
import { etagOf } from '../http/etag.js';
import { ttlField } from './answers.js';

/** With its value also when it expires, milliseconds since 1970: as a put of a batch takes it. */
export function listedJson(listed: ListedKey, nowMs: number): object {
  const { key, version, expiresAt, valueBytes, record } = listed;
  return {
    key: key.toString('utf8'),
    etag: etagOf(version),
    size: valueBytes,
    ...ttlField(timeToLive(expiresAt, nowMs)),
    ...(record && expiresAt !== 0 && { expiresAt }),
    ...(record && valueJson(record)),
  };
}

/** The value as a text if it is one, and else in base 64. */
export function valueJson({ contentType, value }: Pick<DataRecord, 'contentType' | 'value'>): {
  contentType: string;
  value?: string;
  base64?: string;
} {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (isUtf8(bytes)) return { contentType, value: bytes.toString('utf8') };
  return { contentType, base64: bytes.toString('base64') };
}

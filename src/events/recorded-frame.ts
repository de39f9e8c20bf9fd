/** The frames of recordings, and what may be wrong with one that anybody may have written. */
import { isNodeId } from '../core/data/version.js';
import { InvalidRing, parseRing } from '../core/ring/ring-json.js';
import { FACTS } from './facts.js';
import { type Frame, STREAM_FRAMES } from './frame.js';
import { RUN_FRAMES, type RunFrame } from './run-frame.js';
import { NOTHING_KNOWN } from './view.js';

export type RecordedFrame = Frame | RunFrame;

export type Fields = { readonly [name: string]: unknown };

const ROWS: { readonly [type: string]: { readonly fields: object } } = {
  ...FACTS,
  ...STREAM_FRAMES,
  ...RUN_FRAMES,
};

/** What is wrong, as the end of a sentence. Types without a row are not looked into. */
export function faultOf(frame: unknown): string | undefined {
  if (!isObject(frame) || !isText(frame.type)) return 'has no type';
  const { type, node, at, seq } = frame;
  if (!Number.isFinite(at)) return 'has no time';
  const isOfRun = Object.hasOwn(RUN_FRAMES, type);
  if (!isNodeId(node) && !(isOfRun && node === '')) return 'is of no node';
  if (isOfRun && seq !== undefined) return `is ${type} and has a number`;
  if (Object.hasOwn(FACTS, type) && !Number.isSafeInteger(seq)) return 'is a fact without a number';
  const fields = Object.hasOwn(ROWS, type) ? ROWS[type]!.fields : {};
  const missing = Object.keys(fields).find((name) => !Object.hasOwn(frame, name));
  if (missing !== undefined) return `is ${type} without ${missing}`;
  if (type === 'ring.changed' || type === 'ring.left') return faultOfRing(frame.ring);
  return type === 'snapshot' ? faultOfView(frame.view) : undefined;
}

function faultOfRing(ring: unknown): string | undefined {
  try {
    parseRing(JSON.stringify(ring));
    return undefined;
  } catch (error) {
    if (error instanceof InvalidRing) return `has a ring that is none: ${error.message}`;
    // Nested so deep that it cannot be written down.
    if (error instanceof RangeError) return 'has a ring that is none';
    throw error;
  }
}

function faultOfView(view: unknown): string | undefined {
  if (!isObject(view)) return 'is a snapshot of nothing';
  const odd = Object.entries(NOTHING_KNOWN).find(
    ([name, nothing]) => !(name in view) || !isLike(view[name], nothing),
  );
  if (odd) return `is a snapshot without ${odd[0]}`;
  return view.ring === null ? undefined : faultOfRing(view.ring);
}

function isLike(value: unknown, nothing: unknown): boolean {
  if (nothing === null) return value === null || isObject(value);
  if (Array.isArray(nothing)) return isListOf(value, isText);
  if (isObject(nothing)) return isObject(value) && Object.values(value).every(isObject);
  return typeof value === typeof nothing;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isListOf(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

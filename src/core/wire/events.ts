/** What members tell each other of what happens at them, for those who follow it. */
import { maybe, text, u16, u32, uint53 } from '../codec.js';
import { message, request } from './row.js';

/** Of one batch; a recording may be as large. */
export const EVENTS_BYTES_LIMIT = 32 << 20;

export const EVENTS = {
  'events.fetch': request({
    tag: 50,
    what: 'Asks for the facts behind `since`, or for a snapshot; waits for some if there is none.',
    fields: { call: u32, since: maybe(uint53), waitMs: u16 },
    reply: 'events.batch',
    priority: 'repair',
  }),
  'events.record': request({
    tag: 51,
    what: 'Asks for a recording of the last minutes.',
    fields: { call: u32, minutes: u16 },
    reply: 'events.batch',
    priority: 'repair',
  }),
  'events.batch': message({
    tag: 52,
    what: 'Frames of the event stream, as JSON, one on each line.',
    fields: { call: u32, frames: text(EVENTS_BYTES_LIMIT) },
    channel: 'bulk',
    priority: 'repair',
    // In JSON a letter may take three bytes.
    size: ({ frames }) => frames.length * 3,
  }),
};

/**
 * The present: what the node that serves this page tells of itself and of all members. First what
 * its flight recorder holds of the last minutes, then the stream behind that. A connection that
 * breaks is tried again, and goes on where it was.
 */
import type { Frame } from '../../../events/frame.js';
import type { RecordedFrame } from '../../../events/recorded-frame.js';
import { InvalidRecording, parseRecording } from '../../../events/recording.js';
import { beginAnew, type LiveState, say, source, take, told } from '../state.js';

const MINUTES = 15;
/** What actors do is most of what is told: of before, so many minutes of it. */
const ACTOR_MINUTES = 1;
/** The page takes what came so often, and keeps no more than that of it. */
const BATCH_MS = 50;
const KEPT_OF_BATCH = 50;
const MAX_PAUSE_MS = 5000;

let pending: Frame[] = [];
let pause = 250;

export async function goLiveWithNode(): Promise<void> {
  beginAnew({ kind: 'live', node: '', state: { is: 'connecting' } });
  setInterval(takePending, BATCH_MS);
  await connect();
}

function takePending(): void {
  if (source.value.kind !== 'live') {
    pending = [];
    return;
  }
  const frames = pending;
  pending = [];
  take(frames, KEPT_OF_BATCH);
}

async function connect(): Promise<void> {
  if (source.value.kind !== 'live') return;
  try {
    if (told().isEmpty) await readPast();
    listen();
  } catch (error) {
    lost(error instanceof Error ? error.message : String(error));
  }
}

async function readPast(): Promise<void> {
  const query = `minutes=${MINUTES}&actors=${ACTOR_MINUTES}&nodes=all`;
  const answer = await fetch(`/admin/recording?${query}`);
  if (!answer.ok) throw new Error(`the node answers ${answer.status}`);
  const node = answer.headers.get('x-quorate-node') ?? '';
  const frames = framesOf(await answer.text());
  if (source.value.kind !== 'live') return;
  source.value = { ...source.value, node };
  take(frames);
}

/** What cannot be read would be no better the next time: the page begins with the present. */
function framesOf(recording: string): readonly RecordedFrame[] {
  try {
    return parseRecording(recording).frames;
  } catch (error) {
    if (!(error instanceof InvalidRecording)) throw error;
    say(`What was before cannot be shown. ${error.message}`);
    return [];
  }
}

function listen(): void {
  if (source.value.kind !== 'live') return;
  const since = told().lastSeq(source.value.node);
  const query = `types=all&nodes=all${since === undefined ? '' : `&since=${since}`}`;
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/admin/events?${query}`);
  socket.onopen = () => {
    pause = 250;
    become({ is: 'open' });
  };
  socket.onmessage = ({ data }) => {
    if (source.value.kind !== 'live') return socket.close();
    pending.push(JSON.parse(data as string) as Frame);
  };
  socket.onclose = ({ code }) => lost(code === 1001 ? 'the node stops' : 'the connection broke');
}

function lost(reason: string): void {
  const now = source.value;
  if (now.kind !== 'live') return;
  const since = now.state.is === 'lost' ? now.state.since : Date.now();
  become({ is: 'lost', since, reason });
  setTimeout(() => void connect(), pause);
  pause = Math.min(pause * 2, MAX_PAUSE_MS);
}

function become(state: LiveState): void {
  if (source.value.kind === 'live') source.value = { ...source.value, state };
}

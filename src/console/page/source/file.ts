/** The past as a file: a recording is opened, or what the page holds is saved as one. */
import type { FactFrame } from '../../../events/frame.js';
import { InvalidRecording, parseRecording, writeRecording } from '../../../events/recording.js';
import { beginAnew, goTo, say, source, take, told } from '../state.js';

/** Opens a recording; whatever else it is, the page says so and stays as it was. */
export function openRecording(text: string, name: string): void {
  try {
    const { head, frames } = parseRecording(text);
    beginAnew({ kind: 'recording', name, head });
    take(frames);
    goTo(told().first);
    say(`${name}: ${frames.length} events`);
  } catch (error) {
    if (!(error instanceof InvalidRecording)) throw error;
    say(`${name} cannot be opened. ${error.message}`);
  }
}

export async function openFile(file: File): Promise<void> {
  openRecording(await file.text(), file.name);
}

/** Everything that the page holds, as one file that it opens again. */
export function saveRecording(): void {
  const all = told();
  const places = Array.from({ length: all.end - all.first }, (_, index) => all.first + index);
  const { nodes } = all.viewAfter(all.first - 1);
  const at = all.at(all.first);
  // What was forgotten is in the beginning: each node's state before the first frame.
  const before = Object.entries(nodes).map(([node, view]) => ({
    ...{ type: 'snapshot', seq: 0, at, node, view },
  }));
  const frames = [...before, ...places.map((place) => all.frame(place) as FactFrame)];
  const now = source.value;
  const minutes = Math.ceil((all.at(all.end - 1) - at) / 60_000);
  const head =
    now.kind === 'recording' ? now.head : { madeAt: Date.now(), minutes, away: [] as const };
  const text = writeRecording(
    head,
    frames.map((frame) => JSON.stringify(frame)),
  );
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `quorate-${new Date(all.at(all.end - 1)).toISOString().replaceAll(':', '')}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

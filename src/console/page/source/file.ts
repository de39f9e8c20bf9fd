/** The past as a file: a recording is opened, or what the page holds is saved as one. */
import { InvalidRecording, parseRecording } from '../../../events/recording.js';
import { savedRecording } from '../../model/saved.js';
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
  const now = source.value;
  const minutes = Math.ceil((all.at(all.end - 1) - all.at(all.first)) / 60_000);
  const head =
    now.kind === 'recording' ? now.head : { madeAt: Date.now(), minutes, away: [] as const };
  const text = savedRecording(all, head);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `quorate-${new Date(all.at(all.end - 1)).toISOString().replaceAll(':', '')}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

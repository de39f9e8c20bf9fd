/** The page begins: live with the node that serves it, or with the recording that it was given. */
import { render } from 'preact';
import { Shell } from './frame/shell.js';
import { openRecording } from './source/file.js';
import { goLiveWithNode } from './source/live.js';
import { followAddress, say } from './state.js';

async function begin(): Promise<void> {
  followAddress();
  render(<Shell />, document.body);
  // `npm run console -- run.json` serves the page and a recording, and no node.
  const given = document.querySelector<HTMLMetaElement>('meta[name=recording]')?.content;
  if (!given) return goLiveWithNode();
  const answer = await fetch('/recording');
  if (!answer.ok) return say(`${given} cannot be read any more`);
  openRecording(await answer.text(), given);
}

void begin();

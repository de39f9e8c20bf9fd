/** A command or a text to copy. */
import { say } from '../state.js';
import { Icon } from './icon.js';

export function Copy({ text, what }: { text: string; what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`${what} copied`);
    } catch {
      say(`${what} cannot be copied: the browser does not allow it on this page`);
    }
  };
  return (
    <button type="button" class="copy" aria-label={`Copy ${what}`} title="Copy" onClick={copy}>
      <Icon name="copy" />
    </button>
  );
}

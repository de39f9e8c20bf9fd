/** Copies a text, and says so. */
import { say } from '../state.js';
import { Icon } from './icon.js';

export function Copy({ text, what }: { text: string; what: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`copied: ${text}`);
    } catch {
      // Browsers keep the clipboard for pages of https and of the own machine.
      say(`the browser does not let this page copy: ${text}`);
    }
  };
  const label = `Copy ${what}`;
  return (
    <button type="button" class="copy" title={text} aria-label={label} onClick={() => void copy()}>
      <Icon name="copy" />
    </button>
  );
}

/** The keys, when one asks for them. */
import { useEffect, useRef } from 'preact/hooks';
import { KEYS, listenToKeys } from './keyboard.js';

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => listenToKeys(() => dialog.current?.showModal()), []);
  return (
    <dialog ref={dialog} aria-label="Keys">
      <form method="dialog">
        <h2>Keys</h2>
        <dl class="keys">
          {KEYS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                <kbd>{keys}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

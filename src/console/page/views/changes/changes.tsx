/** Changes of members: say one, read what it would do, do it, and follow it to its end. */
import { OnlyLive } from '../../parts/only-live.js';
import { Plan } from './plan.js';
import { Progress } from './progress.js';
import { Sentence } from './sentence.js';

export function Changes() {
  return (
    <>
      <h1>Changes</h1>
      <div class="changes">
        <OnlyLive what="changes of members are planned and made here">
          <section class="panel">
            <Sentence />
            <Plan />
          </section>
        </OnlyLive>
        <section class="panel" aria-label="Under way">
          <h2>Under way</h2>
          <Progress />
        </section>
      </div>
    </>
  );
}

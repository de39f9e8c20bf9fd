/** One key: what can be done to it, where it lies, what each owner holds, and how it went. */
import { useEffect } from 'preact/hooks';
import { AnswerPane } from '../../parts/answer.js';
import { Empty } from '../../parts/empty.js';
import { OnlyLive } from '../../parts/only-live.js';
import { address } from '../../state.js';
import { answer, change, locate, request } from './asking.js';
import { Course } from './course.js';
import { KeyForm } from './form.js';
import { Owners } from './owners.js';
import { Place } from './place.js';

export function KeyView() {
  const [named] = address.value.rest;
  useEffect(() => {
    if (named === undefined || named === request.value.key) return;
    change({ key: named });
    void locate(named);
  }, [named]);
  return (
    <>
      <h1>Key</h1>
      <OnlyLive what="keys are read and written here">
        <div class="key-view">
          <div class="column">
            <section class="panel">
              <KeyForm />
            </section>
            <section class="panel" aria-label="Place">
              <h2>On the ring</h2>
              <Place />
            </section>
          </div>
          <div class="column">
            <section class="panel" aria-label="Answer">
              <h2>Answer</h2>
              {answer.value ? (
                <AnswerPane answer={answer.value} />
              ) : (
                <Empty>What the node answers. Put a value, then get it.</Empty>
              )}
            </section>
            <section class="panel" aria-label="Owners">
              <h2>Owners</h2>
              <Owners />
            </section>
            <section class="panel" aria-label="Course">
              <h2>How it went</h2>
              <Course />
            </section>
          </div>
        </div>
      </OnlyLive>
    </>
  );
}

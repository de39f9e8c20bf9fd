/** How the last request went, owner by owner. */
import { Empty } from '../../parts/empty.js';
import { Waterfall } from '../../parts/waterfall/waterfall.js';
import { explained, request } from './asking.js';

export function Course() {
  const told = explained.value;
  if (!told)
    return <Empty>Whom the request asked, and what each owner answered after how long.</Empty>;
  return (
    <>
      <Waterfall steps={told.steps} tookMs={told.tookMs} />
      <p class="quiet">
        At level {told.level}, milliseconds since the node began with it.
        {request.value.action === 'get' && ' The value was read again right behind.'}
      </p>
    </>
  );
}

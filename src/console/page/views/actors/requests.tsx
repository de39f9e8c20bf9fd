/** Requests of clients that took long at one node, each as a waterfall. */
import { useMemo } from 'preact/hooks';
import { clockText, countOf, spanText } from '../../../../words/figures.js';
import { type SlowRequest, slowRequests } from '../../../model/actors/slow-requests.js';
import { Empty } from '../../parts/empty.js';
import { Waterfall } from '../../parts/waterfall/waterfall.js';
import { goTo, moment, told } from '../../state.js';

export function Requests({ node }: { node: string }) {
  const history = told();
  const { place } = moment.value;
  const requests = useMemo(() => slowRequests(history, place, node), [history, place, node]);
  const newest = requests[0]?.place;
  return useMemo(() => {
    if (requests.length === 0) {
      return (
        <Empty>
          No request was slow here in what was told. Stop a node and write a key to see one wait.
        </Empty>
      );
    }
    return (
      <ol class="requests">
        {requests.map((request) => (
          <Request key={request.place} request={request} />
        ))}
      </ol>
    );
  }, [newest, requests.length]);
}

function Request({ request }: { request: SlowRequest }) {
  const { place, at, operation, level, key, outcome, tookMs, steps, unsaid } = request;
  return (
    <li class="panel">
      <p class="request-head">
        <button type="button" class="link" onClick={() => goTo(place)}>
          {clockText(at)}
        </button>
        <b>{operation}</b> <code>{key}</code> <span class="quiet">at level {level}</span>
        <span class={outcome === 'ok' ? 'good' : 'bad'}>{outcome}</span>
        <span>after {spanText(tookMs)}</span>
        {unsaid > 0 && (
          <span class="quiet">{countOf(unsaid, 'slow one')} before it only counted</span>
        )}
      </p>
      {steps.length === 0 ? (
        <p class="quiet">Its steps were not taken down: those of the next slow requests are.</p>
      ) : (
        <Waterfall steps={steps} tookMs={tookMs} />
      )}
    </li>
  );
}

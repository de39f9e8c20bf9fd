/** The requests of this node, each with an example that can be tried. */
import { useSignal } from '@preact/signals';
import { API, type ApiRequest } from '../../../model/api-requests.js';
import { curlOf } from '../../../model/key-request.js';
import { AnswerPane } from '../../parts/answer.js';
import { Copy } from '../../parts/copy.js';
import { OnlyLive } from '../../parts/only-live.js';
import { type Answer, ask } from '../../source/ask.js';
import { eyes, source } from '../../state.js';

export function Api() {
  return (
    <>
      <h1>API</h1>
      <p class="quiet">
        All of it is plain HTTP at <code>{location.origin}</code>. The README says what is promised.
      </p>
      <OnlyLive what="every request can be tried here">
        {API.map(({ name, requests }) => (
          <section key={name} class="api-group">
            <h2>{name}</h2>
            {requests.map((request) => (
              <Request key={`${request.method} ${request.path}`} request={request} />
            ))}
          </section>
        ))}
      </OnlyLive>
    </>
  );
}

function Request({ request }: { request: ApiRequest }) {
  const from = source.value;
  const self = from.kind === 'live' && from.node !== '' ? from.node : eyes.value;
  const target = useSignal(request.example.replace('{self}', self));
  const body = useSignal(request.body ?? '');
  const answer = useSignal<Answer | undefined>(undefined);
  const { method, path, what, headers = {}, instead } = request;
  const meant = {
    method,
    target: target.value,
    headers,
    ...(request.body !== undefined && { body: body.value }),
  };
  const name = `${method} ${path}`;
  return (
    <details class="api-request">
      <summary>
        <b class={`method ${method.toLowerCase()}`}>{method}</b> <code>{path}</code>
        <span class="quiet">{what}</span>
      </summary>
      <div class="api-try">
        <input
          class="mono"
          aria-label={`Target of ${name}`}
          value={target.value}
          onInput={({ currentTarget }) => {
            target.value = currentTarget.value;
          }}
        />
        {request.body !== undefined && (
          <textarea
            class="mono"
            rows={2}
            aria-label={`Body of ${name}`}
            value={body.value}
            onInput={({ currentTarget }) => {
              body.value = currentTarget.value;
            }}
          />
        )}
        <p class="command">
          <code>{curlOf(meant, location.origin)}</code>
          <Copy text={curlOf(meant, location.origin)} what="the command" />
        </p>
        {instead !== undefined ? (
          <p class="quiet">{instead}</p>
        ) : (
          <button
            type="button"
            class="primary"
            onClick={async () => {
              answer.value = await ask(meant);
            }}
          >
            Try it
          </button>
        )}
        {answer.value && <AnswerPane answer={answer.value} />}
      </div>
    </details>
  );
}

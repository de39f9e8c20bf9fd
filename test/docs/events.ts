/** `docs/events.md`, made from the tables of facts and of what a stream says of itself. */
import { FACTS } from '../../src/events/facts.js';
import { STREAM_FRAMES } from '../../src/events/frame.js';
import { RUN_FRAMES } from '../../src/events/run-frame.js';
import { table } from './markdown.js';

export const EVENTS_FILE = 'docs/events.md';

const EXAMPLE = JSON.stringify({
  type: 'member.dead',
  id: '2cd560a1d61349ab',
  address: '127.0.0.1:8081',
  bootId: '763a417b501406d6',
  incarnation: 1,
  seq: 1795978508526042,
  at: 1795978512938,
  node: '47a1e2aead3d5a13',
});

const PARAMETERS: readonly string[][] = [
  [
    '`types=member.,ring.`',
    'only types that begin so. Without it all but those of actors, which cost something and have ' +
      'to be asked for: `types=actor.`, or `types=all`',
  ],
  [
    '`since=seq`',
    'goes on behind this fact, as far as the flight recorder reaches (`--recorder-mb`); ' +
      '`Last-Event-ID` does the same',
  ],
  ['`nodes=all`', 'those of all members through the one that is asked, of each in its order'],
];

function rows(of: { readonly [type: string]: { what: string; fields: object } }): string {
  const cells = Object.entries(of).map(([type, { what, fields }]) => {
    const words = Object.entries(fields).map(([name, word]) => `${name}: ${word}`);
    return [`\`${type}\``, what, words.join('<br>')];
  });
  return table(['type', 'what', 'fields'], cells);
}

export function eventsPage(): string {
  return `# Events

Made from the tables in \`src/events/facts.ts\`, \`src/events/frame.ts\` and
\`src/events/run-frame.ts\` by \`npm run docs\`; a test fails if this page drifts from them.

A node tells what happens as it happens. \`GET /admin/events\` gives it as Server-Sent Events, so
that \`curl -N\` shows them, and a WebSocket to the same path as text frames; each event is one
JSON object, the same by either way:

\`\`\`json
${EXAMPLE}
\`\`\`

\`node\` tells it, \`at\` by its wall clock, in milliseconds since 1970. \`seq\` grows by one from
fact to fact of a node, and begins higher when it is started again.

${table(['parameter', 'what it does'], PARAMETERS)}

A stream begins with a snapshot, unless it goes on behind a fact. The snapshot is where a fold
begins: \`src/events/reduce.ts\` makes of it, and of every fact behind it, how things stand
(\`src/events/view.ts\`).

A subscriber that does not keep up is not waited for, and nothing is held for it: it goes on where
it was while the recorder still has that, and is told how much is missing when not.

## What happens

${rows(FACTS)}

## What is said of the stream

No facts, without a number of their own, and sent whatever types were asked for.

${rows(STREAM_FRAMES)}

## What only a simulator knows

In recordings of its runs (\`docs/debugging.md\`), among what the nodes tell; without \`seq\`.
\`node\` is empty where it is about no node.

${rows(RUN_FRAMES)}
`;
}

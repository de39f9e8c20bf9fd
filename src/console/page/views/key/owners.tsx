/** The owners of the key, and which version each of them holds; equal ones look the same. */
import { Empty } from '../../parts/empty.js';
import { NodeName } from '../../parts/node-name.js';
import { located, type Owner } from './asking.js';

/** Of different versions: a sign and a class for each. */
const SIGNS = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];

export function Owners() {
  const found = located.value;
  if (!found) return <Empty>Ask for a key to see who owns it, and what each owner holds.</Empty>;
  const versions = [...new Set(found.owners.flatMap(({ version }) => version ?? []))];
  // Versions are compared as numbers: the epoch, then the time, both in hexadecimal.
  versions.sort((one, other) => compare(other, one));
  return (
    <>
      <p class="quiet">
        Partition {found.partition} of epoch {found.epoch}
        {versions.length > 1
          ? '. The owners hold different versions: A is the newest.'
          : versions.length === 1 && '. All that hold it hold the same version.'}
      </p>
      <ul class="key-owners">
        {found.owners.map((owner) => (
          <OwnerCard key={owner.id} owner={owner} order={versions.indexOf(owner.version ?? '')} />
        ))}
      </ul>
    </>
  );
}

function OwnerCard({ owner, order }: { owner: Owner; order: number }) {
  const { id, coming, answer, version, ttl } = owner;
  return (
    <li class={`key-owner version-${order}`}>
      <p>
        <NodeName id={id} /> {coming && <span class="quiet">will own it</span>}
      </p>
      <p>
        {order >= 0 && <b class="version-sign">{SIGNS[order] ?? '…'}</b>} {answer}
      </p>
      <p class="mono version">{version ?? ' '}</p>
      {ttl !== undefined && <p class="quiet">lives for {ttl} s more</p>}
    </li>
  );
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((text) =>
    text.split('.').map((part) => Number.parseInt(part, 16) || 0),
  );
  return a![0]! - b![0]! || a![1]! - b![1]!;
}

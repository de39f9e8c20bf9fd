/** A sentence with blanks: which change. */
import type { Signal } from '@preact/signals';
import { names } from '../../state.js';
import {
  askForPlan,
  type ChangeKind,
  chosen,
  count,
  KINDS,
  kind,
  member,
  members,
  think,
  weight,
  zone,
} from './planning.js';

const WORDS: { readonly [K in ChangeKind]: string } = {
  join: 'Let more nodes join',
  leave: 'Let a member leave',
  replace: 'Replace a member',
  remove: 'Remove a dead member',
};

export function Sentence() {
  return (
    <form
      class="sentence"
      onSubmit={(event) => {
        event.preventDefault();
        void askForPlan();
      }}
    >
      <fieldset class="kinds">
        <legend class="quiet">What is to change?</legend>
        {KINDS.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="kind"
              checked={kind.value === each}
              onChange={() => {
                kind.value = each;
                think();
              }}
            />{' '}
            {WORDS[each]}
          </label>
        ))}
      </fieldset>
      <p class="blanks">{kind.value === 'join' ? <Newcomers /> : <Which />}</p>
      <button type="submit" class="primary">
        What would that do?
      </button>
    </form>
  );
}

function Newcomers() {
  return (
    <>
      Join <Blank of={count} name="How many" /> of weight <Blank of={weight} name="Weight" /> in
      zone <Blank of={zone} name="Zone" letters={10} />
    </>
  );
}

function Blank({ of, name, letters = 3 }: { of: Signal<string>; name: string; letters?: number }) {
  return (
    <input
      aria-label={name}
      size={letters}
      value={of.value}
      onInput={({ currentTarget }) => {
        of.value = currentTarget.value;
        think();
      }}
    />
  );
}

function Which() {
  const [before, behind] = {
    join: ['', ''],
    leave: ['Let', 'leave: it hands over what it owns first'],
    replace: ['Replace', 'by an empty node at its address'],
    remove: ['Remove', ', which is dead'],
  }[kind.value] as [string, string];
  return (
    <>
      {before}{' '}
      <select
        aria-label="Member"
        value={chosen.value}
        onChange={({ currentTarget }) => {
          member.value = currentTarget.value;
          think();
        }}
      >
        {members.value.map(({ id }) => (
          <option key={id} value={id}>
            {names.value.of(id).short}
          </option>
        ))}
      </select>{' '}
      {behind}
    </>
  );
}

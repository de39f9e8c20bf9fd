/** Members and claims for the membership tests: `b2` is member b in its second incarnation. */
import fc from 'fast-check';
import type { Claim } from '../../../actors/membership/roster.js';
import type { MemberStatus } from '../../../src/core/status.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

export function idOf(name: string): string {
  return name.padStart(16, '0');
}

/** Process and address belong to the incarnation, as they do among honest members. */
export function claim(
  text: string,
  status: MemberStatus = 'alive',
  accusers: string[] = [],
): Claim {
  const name = text[0]!;
  const incarnation = Number(text.slice(1));
  return {
    id: idOf(name),
    address: `${name}:8080`,
    bootId: incarnation === 0 ? '' : `boot-${text}`,
    incarnation,
    status,
    accusers: accusers.map(idOf),
  };
}

const statuses = fc.constantFrom<MemberStatus>('alive', 'suspect', 'dead', 'left');

/** Few members and incarnations, so that claims often conflict. */
export const claims: fc.Arbitrary<Claim> = fc
  .tuple(fc.constantFrom('b', 'c'), fc.nat(3), statuses, fc.subarray([...NAMES], { maxLength: 3 }))
  .map(([name, incarnation, status, accusers]) =>
    claim(`${name}${incarnation}`, status, status === 'suspect' ? accusers : []),
  );

/** Claims of dishonest or copied members too: same incarnation, another process. */
export const anyClaims: fc.Arbitrary<Claim> = fc
  .tuple(claims, fc.constantFrom('', 'x', 'y'), fc.constantFrom('h:1', 'h:2'))
  .map(([honest, bootId, address]) => ({ ...honest, bootId, address }));

/** A list, and the same items in another order, some of them more than once. */
export function reorderings<T>(items: fc.Arbitrary<T>): fc.Arbitrary<readonly [T[], T[]]> {
  return fc.array(items, { maxLength: 12 }).chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc
        .subarray(list)
        .map((again) => [...list, ...again])
        .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    ),
  );
}

/** What the view of time shows, as it stands in the address: links to a search can be passed on. */
import { KINDS, type Kind } from '../kinds.js';

export interface Filter {
  /** Address of a node; empty for all. */
  readonly node: string;
  /** Undefined for those that one begins with. */
  readonly kinds: readonly Kind[] | undefined;
  /** Any of them; empty for all. */
  readonly types: readonly string[];
  /** Stands in the row, however it is written; empty for all. */
  readonly text: string;
}

export interface TimeAddress {
  /** In lanes, instead of as a list. */
  readonly isSequence: boolean;
  readonly filter: Filter;
}

/** Parts that make no sense are passed over. */
export function parseTimeAddress(rest: readonly string[]): TimeAddress {
  const value = (name: string) =>
    rest.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  const kinds = value('kinds')?.split(',');
  return {
    isSequence: rest[0] === 'sequence',
    filter: {
      node: value('node') ?? '',
      kinds: kinds && KINDS.filter((kind) => kinds.includes(kind)),
      types: value('types')?.split(',').filter(Boolean) ?? [],
      text: value('text') ?? '',
    },
  };
}

/** Without what says nothing. */
export function formatTimeAddress({ isSequence, filter }: TimeAddress): string[] {
  const { node, kinds, types, text } = filter;
  return [
    ...(isSequence ? ['sequence'] : []),
    ...(node ? [`node=${node}`] : []),
    ...(kinds ? [`kinds=${kinds.join(',')}`] : []),
    ...(types.length > 0 ? [`types=${types.join(',')}`] : []),
    ...(text ? [`text=${text}`] : []),
  ];
}

/** Kinds that are shown: in lanes the steps of actors would stand between all the rest. */
export function kindsShown({ isSequence, filter }: TimeAddress): readonly Kind[] {
  return filter.kinds ?? (isSequence ? KINDS.filter((kind) => kind !== 'actors') : KINDS);
}

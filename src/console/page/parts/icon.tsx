/** Signs of the page, drawn: fonts lack some, and draw others as they like. */

const PATHS = {
  cluster: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z',
  actors: 'M2 2h5v4H2ZM9 10h5v4H9ZM4.5 6v6H9',
  time: 'M2 4h12M2 8h9M2 12h12',
  key: 'M5 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Zm3 3h6v3M11.5 8v2',
  changes: 'M2 5h11l-3-3M14 11H3l3 3',
  api: 'M5 3 1.5 8 5 13M11 3l3.5 5L11 13',
  back: 'M10 3 5 8l5 5',
  forth: 'M6 3l5 5-5 5',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3l7 5-7 5Z',
  minus: 'M3 8h10',
  plus: 'M3 8h10M8 3v10',
  copy: 'M5 5h8v8H5ZM3 11V3h8',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

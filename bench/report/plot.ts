/** A plot as SVG: latency, on a logarithmic scale, against load. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [760, 460];
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 150, 40, 50];
/** Told apart by people who see no red or no green, too (Okabe and Ito). */
const COLORS = ['#0072b2', '#000000', '#e69f00', '#d55e00', '#cc79a7', '#009e73', '#56b4e9'];
const X_TICKS = 6;

/** Points that are not positive numbers are left out: a logarithm has no place for them. */
export function svgOf({ title, x, y, lines }: Plot): string {
  const drawn = lines.map(({ name, points }) => ({
    name,
    points: points.filter(([at, value]) => at >= 0 && value > 0 && Number.isFinite(value)),
  }));
  const all = drawn.flatMap(({ points }) => points);
  const mostX = Math.max(1, ...all.map(([at]) => at));
  const exponents = all.map(([, value]) => Math.log10(value));
  const low = Math.floor(Math.min(0, ...exponents));
  const high = Math.max(low + 1, Math.ceil(Math.max(...exponents)));
  const placeX = (at: number) => LEFT + (at / mostX) * (WIDTH - LEFT - RIGHT);
  const placeY = (value: number) => {
    return HEIGHT - BOTTOM - ((Math.log10(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  };
  const xTicks = Array.from({ length: X_TICKS + 1 }, (_, index) => (mostX * index) / X_TICKS);
  const yTicks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`,
    ` font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 24, title, 'font-size="15"'),
    ...xTicks.map((at) => {
      const label = Math.round(at).toLocaleString('en');
      return text(placeX(at), HEIGHT - BOTTOM + 18, label, 'text-anchor="middle"');
    }),
    ...yTicks.map((value) => {
      const at = placeY(value).toFixed(1);
      const line = `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#ddd"/>`;
      return line + text(LEFT - 8, placeY(value) + 4, String(value), 'text-anchor="end"');
    }),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x, 'text-anchor="middle"'),
    text(16, HEIGHT / 2, y, `transform="rotate(-90 16 ${HEIGHT / 2})" text-anchor="middle"`),
    ...drawn.map(({ name, points }, index) => {
      const color = COLORS[index % COLORS.length]!;
      const places = points.map(([at, value]) => [placeX(at).toFixed(1), placeY(value).toFixed(1)]);
      const path = places.map((place) => place.join(' ')).join('L');
      const label = text(WIDTH - RIGHT + 14, TOP + 20 + index * 20, name, `fill="${color}"`);
      const dots = places.map(
        ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`,
      );
      return path === ''
        ? label
        : `<path d="M${path}" fill="none" stroke="${color}"/>${dots.join('')}${label}`;
    }),
    '</svg>\n',
  ].join('\n');
}

function text(x: number, y: number, words: string, attributes = ''): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped}</text>`;
}

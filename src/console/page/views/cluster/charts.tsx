/** Four curves of the time that the bar below shows, of the node one looks through or of all. */
import { useMemo } from 'preact/hooks';
import { formatAddress } from '../../../model/address.js';
import { type Series, seriesOf } from '../../../model/cluster/series.js';
import { spanFrom, spanTo } from '../../parts/span.js';
import { address, eyes, moment, names } from '../../state.js';
import { Chart, type Curve } from './chart.js';
import { toldOfCluster } from './told.js';

/** In the address: of one node alone. */
const ALONE = 'alone';

type CurveName = Exclude<keyof Series, 'at'>;
type Row = readonly [field: CurveName, label: string];

const CHARTS: readonly { title: string; unit: string; curves: readonly Row[] }[] = [
  {
    title: 'Requests',
    unit: '/s',
    curves: [
      ['getsPerSecond', 'get'],
      ['putsPerSecond', 'put'],
      ['deletesPerSecond', 'delete'],
    ],
  },
  {
    title: 'Time taken',
    unit: 'ms',
    curves: [
      ['p50Ms', 'p50'],
      ['p99Ms', 'p99'],
    ],
  },
  { title: 'Failures', unit: '/s', curves: [['failedPerSecond', 'failed']] },
  { title: 'Event loop late', unit: 'ms', curves: [['lateMs', 'late']] },
];

export function Charts() {
  const isAlone = address.value.rest[0] === ALONE;
  const { frames } = toldOfCluster().samples;
  const node = isAlone ? eyes.value : undefined;
  const series = useMemo(() => seriesOf(frames, node), [frames, node]);
  const charts = useMemo(
    () =>
      CHARTS.map(({ title, unit, curves }) => {
        const drawn = curves.map(([field, label]): Curve => ({ label, values: series[field] }));
        return { title, unit, curves: drawn };
      }),
    [series],
  );
  const { isPast, at } = moment.value;
  const time = { from: spanFrom.value, to: spanTo.value, moment: isPast ? at : null };
  return (
    <>
      <div class="charts-head">
        <h2>Requests and delays</h2>
        <nav aria-label="Curves of">
          <Choice isChosen={!isAlone} rest={[]} text="all nodes" />
          <Choice
            isChosen={isAlone}
            rest={[ALONE]}
            text={`${names.value.of(eyes.value).short} alone`}
          />
        </nav>
        <p class="quiet">
          {isAlone ? '' : 'Times are those of the slowest node. '}
          Click into a curve to go to that moment.
        </p>
      </div>
      <div class="charts">
        {charts.map((chart) => (
          <Chart key={chart.title} {...chart} at={series.at} time={time} />
        ))}
      </div>
    </>
  );
}

function Choice({ isChosen, rest, text }: { isChosen: boolean; rest: string[]; text: string }) {
  return (
    <a href={formatAddress({ view: 'cluster', rest })} aria-current={isChosen ? 'true' : undefined}>
      {text}
    </a>
  );
}

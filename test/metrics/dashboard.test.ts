/** The dashboard fits any Grafana, and shows what there is. */
import * as assert from 'uvu/assert';
import { METRICS } from '../../src/metrics/table.js';
import { DASHBOARD, EXPRESSIONS, SHOWN } from '../support/dashboard.js';
import { suite } from '../support/runner/suite.js';

const test = suite('dashboard');
const { panels } = DASHBOARD;

test('it can be imported anywhere, and again', () => {
  assert.is(DASHBOARD.id, null);
  assert.is(DASHBOARD.uid, 'quorate');
  const [source, ...others] = DASHBOARD.templating.list;
  assert.equal([source?.name, source?.type], ['datasource', 'datasource']);
  assert.equal(
    others.map(({ name }) => name),
    ['job', 'instance'],
  );
  assert.is(new Set(panels.map(({ id }) => id)).size, panels.length);
});

test('every panel asks the source that was chosen, for something that there is', () => {
  const names = new Set(Object.values(METRICS).flatMap((rows) => Object.keys(rows)));
  const shown = panels.filter(({ type }) => type !== 'row');
  assert.ok(shown.length > 20, `${shown.length} panels`);
  for (const { title, type, datasource, targets = [] } of shown) {
    assert.ok(['stat', 'timeseries'].includes(type), title);
    for (const asked of [datasource, ...targets.map((target) => target.datasource)]) {
      assert.equal(asked, { type: 'prometheus', uid: `\${datasource}` }, title);
    }
    assert.ok(targets.length > 0, title);
  }
  assert.equal(
    [...SHOWN].filter((name) => !names.has(name)),
    [],
  );
  for (const expression of EXPRESSIONS) assert.not.match(expression, /\$/);
});

test('nearly all that there is is shown, in rows from the whole to the process', () => {
  const names = Object.values(METRICS).flatMap((rows) => Object.keys(rows));
  assert.equal(
    names.filter((name) => !SHOWN.has(name)),
    NOT_SHOWN,
  );
  assert.equal(
    panels.filter(({ type }) => type === 'row').map(({ title }) => title),
    ['Overview', 'Coordinator', 'Replicas', 'Repair and hints', 'Storage', 'Node.js'],
  );
});

/** What nobody needs a graph of. */
const NOT_SHOWN = [
  'quorate_cluster_partitions',
  'quorate_scrub_progress_ratio',
  'quorate_scrub_rows_total',
  'quorate_transfer_records_total',
  'quorate_collected_rows_total',
  'quorate_tombstones_oldest_seconds',
  'quorate_store_cache_reads_total',
  'process_start_time_seconds',
  'nodejs_version_info',
];

test.run();

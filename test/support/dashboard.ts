/** The dashboard for Grafana, as far as tests ask about it. */
import { readFileSync } from 'node:fs';

const DASHBOARD_FILE = 'deploy/grafana/quorate.json';

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: Source;
  readonly targets?: readonly { readonly expr: string; readonly datasource: Source }[];
}

interface Dashboard {
  readonly id: number | null;
  readonly uid: string;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string }[];
  };
  readonly panels: readonly Panel[];
}

export const DASHBOARD = JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')) as Dashboard;

/** What it asks Prometheus for, without the variables that people choose. */
export const EXPRESSIONS: readonly string[] = DASHBOARD.panels.flatMap(({ targets = [] }) =>
  targets.map(({ expr }) =>
    expr.replaceAll(/"\$(job|instance)"/g, '".+"').replaceAll('$__rate_interval', '5s'),
  ),
);

/** The metrics that it names, a histogram as one. */
export const SHOWN: ReadonlySet<string> = new Set(
  EXPRESSIONS.flatMap(
    (expression) => expression.match(/\b(?:quorate|process|nodejs)_\w+/g) ?? [],
  ).map((name) => name.replace(/_(bucket|sum|count)$/, '')),
);

/** GlobalAlert: the same as an Alert of ours, as far as Sluice has what it asks for. */

import type { AlertSpec } from '../kinds/objects.ts';
import { specProblems } from '../kinds/parse.ts';
import { ALERT_RULES } from '../kinds/schema/alert.ts';
import type { RawCalicoObject, Reporter } from './report.ts';

const SEVERITY_MAX = 100;

/** One of Calico's examples has a text where a list belongs. */
function withList(spec: unknown): unknown {
  if (typeof spec !== 'object' || spec === null || !('aggregateBy' in spec)) return spec;
  return typeof spec.aggregateBy === 'string' ? { ...spec, aggregateBy: [spec.aggregateBy] } : spec;
}

/** What the API server checks of a GlobalAlert by CEL: a file has met no API server. */
function refuseMetric(spec: Pick<AlertSpec, 'metric' | 'field' | 'condition'>, to: Reporter): boolean {
  const { metric, field, condition } = spec;
  const broken = [
    field !== undefined && metric === undefined,
    metric === 'count' && field !== undefined,
    metric !== undefined && metric !== 'count' && field === undefined,
    metric !== undefined && condition === undefined,
  ];
  for (const [index, { message }] of ALERT_RULES.entries())
    if (broken[index] === true) to.refuse('spec', message);
  return broken.includes(true);
}

/** @returns null where it is refused */
export function readGlobalAlert(raw: RawCalicoObject, to: Reporter): AlertSpec | null {
  const given = to.read('GlobalAlert', withList(raw.spec));
  if (given === null) return null;
  const { dataSet, detector, type, description, severity, substitutions } = given;
  if (detector !== undefined) {
    to.refuse('spec.detector', 'Sluice detects no anomalies');
    return null;
  }
  if (dataSet !== 'waf' && dataSet !== 'l7') {
    to.refuse(
      'spec.dataSet',
      dataSet === undefined
        ? 'dataSet is required for RuleBased alerts'
        : `Sluice has waf and l7, no ${dataSet}`,
    );
    return null;
  }
  const clamped = Math.min(Math.max(severity, 1), SEVERITY_MAX);
  if (clamped !== severity)
    to.note('spec.severity', `taken as ${clamped}: a severity is 1 to ${SEVERITY_MAX}`);
  const { summary, period, lookback, query, aggregateBy, metric, field, condition, threshold } = given;
  const spec: AlertSpec = {
    ...defined({ type, summary, period, lookback, query, aggregateBy, metric, field, condition, threshold }),
    description,
    severity: clamped,
    dataSet,
    ...(substitutions !== undefined && {
      substitutions: substitutions.map(({ name, values }) => ({ name, ...defined({ values }) })),
    }),
  };
  if (refuseMetric(spec, to)) return null;
  const problems = specProblems('Alert', spec);
  for (const { path, message } of problems) to.refuse(path, message);
  return problems.length === 0 ? spec : null;
}

type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/** Without what is undefined. */
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;

/** Which events are of a workload, as people name it. */
import type { PatternPart, Query } from '../query/tree.ts';

const keyword = (path: string) => ({ path, type: 'keyword' as const });

const is = (path: string, value: string): Query => ({
  kind: 'compare',
  field: keyword(path),
  operator: '=',
  value,
});

const holds = (path: string, value: boolean): Query => ({
  kind: 'compare',
  field: { path, type: 'boolean' },
  operator: '=',
  value,
});

const matches = (path: string, pattern: readonly PatternPart[]): Query => ({
  kind: 'in',
  field: keyword(path),
  patterns: [pattern],
});

const any = (of: readonly Query[]): Query => ({ kind: 'or', of });
const all = (of: readonly Query[]): Query => ({ kind: 'and', of });

/**
 * A policy's name, `shop`; the owner of pods or a Service that leads to them, `shop` or `Deployment/shop`, in any namespace or in one,
 * `prod/shop`, `prod/Deployment/shop`.
 */
export function workloadQuery(workload: string): Query {
  const parts = workload.split('/');
  const named = (name: string): readonly Query[] => [
    is('waf.destination.service', name),
    is('waf.destination.services', name),
    name.includes('/')
      ? is('waf.destination.owner', name)
      : matches('waf.destination.owner', [{ kind: 'any' }, { kind: 'text', text: `/${name}` }]),
  ];
  const [namespace = '', ...rest] = parts;
  const below =
    parts.length < 2 || rest.length > 2
      ? []
      : [all([is('waf.destination.namespace', namespace), any(named(rest.join('/')))])];
  return any([is('waf.policy', workload), ...(parts.length <= 2 ? named(workload) : []), ...below]);
}

/** What Block refuses of it. A candidate's events tell of copies, and a probe of ours is no request of anybody. */
export const blockedQuery = (workload: string): Query =>
  all([
    holds('waf.would_block', true),
    { kind: 'not', of: holds('waf.probe', true) },
    { kind: 'not', of: matches('waf.candidate', [{ kind: 'any' }]) },
    workloadQuery(workload),
  ]);

/** The CRS as the server has it, and a judge on it; compiled once a file of tests, from the cache of all of them. */
import { join } from 'node:path';
import { baseFiles } from '../../packages/cli/src/serve/base-files.ts';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import type { Allowances, RuleSetSpec } from '../../packages/controller/src/kinds/objects.ts';
import { openBase } from '../../packages/controller/src/rules/judge/base.ts';
import { PlaceJudge } from '../../packages/controller/src/rules/judge/place-judge.ts';
import type { Candidate, RuleSetVerdict } from '../../packages/controller/src/rules/verdict.ts';

export const BASE = {
  baseFiles: baseFiles({ crs: true, directory: null }),
  cacheDirectory: join(cacheDirectory(), 'rules'),
};

export function placeJudge(): PlaceJudge {
  const { engine, base } = openBase(BASE);
  return new PlaceJudge(engine, base, () => undefined);
}

export const tenant = (spec: RuleSetSpec, allow: Allowances = {}, key = 'shop/own'): Candidate => ({
  key,
  spec,
  rights: { kind: 'namespace', namespace: key.split('/')[0] ?? '', allow },
});

export const house = (spec: RuleSetSpec, key = 'sluice-system/house'): Candidate => ({
  key,
  spec,
  rights: { kind: 'cluster' },
});

/** The verdict of the last. */
export function verdictOf(
  judge: PlaceJudge,
  candidates: readonly Candidate[],
  settings: Readonly<Record<string, unknown>> = {},
): RuleSetVerdict {
  const verdict = judge.judge({ name: 'shop/web', settings, candidates }).get(candidates.at(-1)?.key ?? '');
  if (verdict === undefined) throw new TypeError('each candidate has a verdict');
  return verdict;
}

/** What an exclusion is known by: the same for the same rules, targets and paths, wherever it stands in a list. */
import { createHash } from 'node:crypto';
import type { ExclusionPolicy } from '../policy.ts';

const ID_CHARACTERS = 12;

/** Neither owner nor end is part of it: who extends an exclusion goes on counting. */
export function exclusionId({
  rules,
  tags,
  targets,
  paths,
}: Pick<ExclusionPolicy, 'rules' | 'tags' | 'targets' | 'paths'>): string {
  const ranges = rules.map((each) => (typeof each === 'number' ? [each, each] : each));
  const text = JSON.stringify([ranges, tags, targets, paths]);
  return createHash('sha256').update(text).digest('hex').slice(0, ID_CHARACTERS);
}

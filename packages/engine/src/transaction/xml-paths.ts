/** The paths into XML bodies that rules read: only those are followed while a body is read. */
import { type XmlPath, xmlPathKey } from '../body/xml-path.ts';
import type { LinkedRule } from '../link/linked.ts';

const known = new WeakMap<readonly LinkedRule[], readonly XmlPath[]>();

/** Each distinct path once. Asked once a rule set. */
export function xmlPathsOf(rules: readonly LinkedRule[]): readonly XmlPath[] {
  const answer = known.get(rules);
  if (answer !== undefined) return answer;
  const targets = rules.flatMap(({ data }) => data.links.flatMap((link) => link.targets));
  const byKey = new Map(
    targets.flatMap(({ path }) => (path === undefined ? [] : [[xmlPathKey(path), path] as const])),
  );
  const paths = [...byKey.values()];
  known.set(rules, paths);
  return paths;
}

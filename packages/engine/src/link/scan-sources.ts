/** What a phase scans ahead: for each source that a gated rule reads, the pipelines through which it is read. */
import type { LinkedRule, ScanSource } from './linked.ts';
import type { LinkedTarget } from './targets.ts';

export function scanSources(rules: readonly LinkedRule[]): readonly ScanSource[] {
  const bySource = new Map<string, { target: LinkedTarget; nodes: Set<number> }>();
  for (const rule of rules) {
    const head = rule.links[0];
    if (rule.gate < 0 || head === undefined) continue;
    for (const target of head.targets) {
      const entry = bySource.get(target.source) ?? { target, nodes: new Set() };
      for (const node of head.nodes) entry.nodes.add(node);
      bySource.set(target.source, entry);
    }
  }
  return [...bySource.values()].map(({ target, nodes }) => ({
    target,
    nodes: [...nodes].sort((a, b) => a - b),
  }));
}

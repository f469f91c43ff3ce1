import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Those that take a minute and a half and more at four workers, about the longest first; a clean checkout has no times of its own
 * to go by. Nor has it compiled rules: of those that need the same ones, which take a minute of computing, the first begins some
 * minutes before the others, so that they find them compiled. CRS 4.25 with the set-up of its own tests: peers; as a server has
 * it: life at level 1, kubernetes-doc at level 4; with texts of tests around it: crs-setup.
 */
const HEAVY = [
  'test/peers.test.ts',
  'test/interception/life.test.ts',
  'test/event-store/elasticsearch.test.ts',
  'test/kubernetes/kubernetes-doc.test.ts',
  'test/kubernetes/controller-command.test.ts',
  'test/shipper/elasticsearch-faults.test.ts',
  'test/rule-sets/crs-setup.test.ts',
  'test/events/crash.test.ts',
  'packages/cli/test/demo.test.ts',
  'test/crs-envoy.test.ts',
  'test/agreement/crs-high.test.ts',
  'test/console/payloads.test.ts',
  'test/kubernetes/status.test.ts',
  'test/asan.test.ts',
  'test/crs.test.ts',
  'test/alerts/hub.test.ts',
  'test/agreement/crs-low.test.ts',
  'test/cluster/outage.test.ts',
  'test/alerts/killed.test.ts',
  'test/rule-sets/exclusions.test.ts',
  'test/kubernetes/chart.test.ts',
  'packages/cli/test/elasticsearch-process.test.ts',
] as const;

/** What takes longest begins first, so that none of it is left to run alone when all else is done. */
export class LongFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  if (moduleId.endsWith('.long.test.ts')) return -1;
  const place = HEAVY.findIndex((path) => moduleId.endsWith(`/${path}`));
  return place === -1 ? HEAVY.length : place;
}

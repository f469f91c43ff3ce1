import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take a minute and more, the longest first; a clean checkout has no times of its own to go by. */
const HEAVY = [
  'test/interception/life.test.ts',
  'test/event-store/elasticsearch.test.ts',
  'test/rule-sets/crs-setup.test.ts',
  'test/events/crash.test.ts',
  'test/agreement/crs-high.test.ts',
  'test/shipper/elasticsearch-faults.test.ts',
  'test/peers.test.ts',
  'packages/cli/test/elasticsearch-process.test.ts',
  'test/ext-proc-hold.test.ts',
  'packages/cli/test/demo.test.ts',
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

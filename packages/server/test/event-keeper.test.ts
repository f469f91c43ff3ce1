/** Which events are made: all that are kept, and of those that are only counted no more than that takes. */
import { expect, it } from 'vitest';
import { EventKeeper } from '../src/event-keeper.ts';
import type { EventSink } from '../src/inspector.ts';
import { createLog } from '../src/log.ts';
import { Metrics } from '../src/metrics.ts';

const LOG = createLog('silent');

const keeperOf = (events: EventSink): EventKeeper =>
  new EventKeeper({ events, metrics: new Metrics(() => 0), log: LOG });

const making = (seen: string[], source: string) => ({
  make: () => {
    seen.push(`made ${source}`);
    return `event of ${source}`;
  },
  brief: { source, make: () => `brief of ${source}` },
});

it('an event of a source that is over its share is counted, and not made', () => {
  const seen: string[] = [];
  const keeper = keeperOf({
    accept: (event) => seen.push(`accepted ${event}`),
    shares: {
      admits: (source) => source === 'calm',
      keep: (event) => seen.push(`kept ${event}`),
      count: (event) => seen.push(`counted ${event}`),
    },
  });
  keeper.keep(making(seen, 'calm'));
  keeper.keep(making(seen, 'flood'));
  keeper.keep({ ...making(seen, 'there already'), brief: null });
  expect(seen).toEqual([
    'made calm',
    'kept event of calm',
    'counted brief of flood',
    'made there already',
    'accepted event of there already',
  ]);
});

it('a sink without shares gets all of them', () => {
  const seen: string[] = [];
  const keeper = keeperOf({ accept: (event) => seen.push(`accepted ${event}`) });
  keeper.keep(making(seen, 'flood'));
  expect(seen).toEqual(['made flood', 'accepted event of flood']);
});

/** What happens, in one look: how much is inspected, blocked, would be, and by what. */
import { Anchor, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { ask } from '../ask.ts';
import { type Bucket, count, histogram, terms } from '../documents.ts';
import { type Answer, Answered, useAnswer } from '../parts/answer.tsx';
import { Facet } from '../parts/facet.tsx';
import { Histogram } from '../parts/histogram.tsx';
import { type Place, usePlace } from '../parts/place.ts';
import { stepOf, type TimeRange, TimeSelect, timeText } from '../parts/time.tsx';
import { FACETS } from './events.tsx';

interface Stats {
  readonly store: string;
  readonly stats: {
    readonly documents: Readonly<Record<string, number>>;
    readonly bytes: number;
    readonly newest: number | null;
  };
  readonly nodes: readonly {
    readonly node: string;
    readonly lastBatchAt: number;
    readonly stored: number;
    readonly refused: number;
  }[];
}

const BLOCKED = 'event.type = denied';
const WOULD = 'waf.would_block = true AND NOT event.type = denied';
const UNSEEN = 'event.action = uninspectable';

const sum = (buckets: readonly Bucket[]): number =>
  buckets.reduce((total, { metric, count: n }) => total + (metric ?? n), 0);

export function Overview() {
  const place = usePlace();
  const [, go] = useLocation();
  const { range } = place;
  const step = stepOf(range);
  const selection = { dataSet: 'waf', query: '', from: range.from, to: range.to } as const;
  const search = (query: string, { from, to }: TimeRange = range): string =>
    `/events?${new URLSearchParams({ q: query, ...(range.span === null || from !== range.from ? { from: String(Math.floor(from)), to: String(Math.ceil(to)) } : { span: String(range.span) }) })}`;
  const bars = useAnswer(`bars ${place.key}`, async (signal) => {
    const asked = { ...selection, intervalMillis: step };
    const [blocked, would] = await Promise.all([
      histogram({ ...asked, query: BLOCKED }, signal),
      histogram({ ...asked, query: WOULD }, signal),
    ]);
    return { blocked, would };
  });
  const counts = useAnswer(`counts ${place.key}`, async (signal) => {
    const [unseen, requests] = await Promise.all([
      count({ ...selection, query: UNSEEN }, signal),
      histogram({ ...selection, dataSet: 'l7', intervalMillis: step, metric: 'sum:l7.count' }, signal),
    ]);
    return { unseen, requests: sum(requests) };
  });
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Overview</Title>
        <TimeSelect range={range} onChange={place.setSpan} />
      </Group>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label="Requests seen" answer={counts} of={({ requests }) => requests} href="/traffic" />
        <Figure label="Blocked" answer={bars} of={({ blocked }) => sum(blocked)} href={search(BLOCKED)} />
        <Figure label="Would be blocked" answer={bars} of={({ would }) => sum(would)} href={search(WOULD)} />
        <Figure label="Not inspected" answer={counts} of={({ unseen }) => unseen} href={search(UNSEEN)} />
      </SimpleGrid>
      <Bars place={place} answer={bars} onRange={(time) => go(search('waf.would_block = true', time))} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {FACETS.map((facet) => (
          <Facet
            key={facet.field}
            {...facet}
            selection={selection}
            onAdd={(condition) => go(search(condition))}
          />
        ))}
        <Enforcement selection={selection} />
        <Health />
      </SimpleGrid>
    </Stack>
  );
}

interface BarsAnswer {
  readonly blocked: readonly Bucket[];
  readonly would: readonly Bucket[];
}

function Bars({
  place: { range },
  answer,
  onRange,
}: {
  readonly place: Place;
  readonly answer: Answer<BarsAnswer>;
  readonly onRange: (range: TimeRange) => void;
}) {
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        Blocked, and what would be
      </Title>
      <Answered answer={answer} lines={6}>
        {({ blocked, would }) => (
          <Histogram
            label="Blocked and would be blocked"
            range={range}
            stepMillis={stepOf(range)}
            onRange={onRange}
            series={[
              { name: 'blocked', color: 'var(--mantine-color-red-7)', buckets: blocked },
              { name: 'would be blocked', color: 'var(--mantine-color-orange-5)', buckets: would },
            ]}
          />
        )}
      </Answered>
    </Paper>
  );
}

interface FigureProps<T> {
  readonly label: string;
  readonly answer: Answer<T>;
  readonly of: (data: T) => number;
  readonly href: string;
}

function Figure<T>({ label, answer, of, href }: FigureProps<T>) {
  return (
    <Paper withBorder p="sm">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Answered answer={answer} lines={1}>
        {(data) => (
          <Anchor component={Link} href={href} size="xl" fw={700}>
            {of(data).toLocaleString()}
          </Anchor>
        )}
      </Answered>
    </Paper>
  );
}

function Enforcement({
  selection,
}: {
  readonly selection: {
    readonly dataSet: 'waf';
    readonly query: string;
    readonly from: number;
    readonly to: number;
  };
}) {
  const asked = { ...selection, field: 'waf.mode', size: 5, metric: 'avg:waf.latency_us' };
  const answer = useAnswer(`modes ${JSON.stringify(asked)}`, (signal) => terms(asked, signal));
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h6" mb="xs">
        Modes of what has events
      </Title>
      <Answered answer={answer} lines={2}>
        {(buckets) => (
          <Stack gap={4}>
            {buckets.map(({ key, count: events, metric }) => (
              <Group key={String(key[0])} justify="space-between">
                <Text size="sm">{String(key[0])}</Text>
                <Text size="sm" c="dimmed">
                  {events.toLocaleString()} events, {metric === null ? '' : `${Math.round(metric)} µs each`}
                </Text>
              </Group>
            ))}
          </Stack>
        )}
      </Answered>
    </Paper>
  );
}

function Health() {
  const answer = useAnswer('stats', (signal) => ask<Stats>('/v1/stats', { signal }));
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h6" mb="xs">
        Store and nodes
      </Title>
      <Answered answer={answer} lines={3}>
        {({ store, stats, nodes }) => (
          <Stack gap={4}>
            <Text size="sm">
              {store}:{' '}
              {Object.values(stats.documents)
                .reduce((all, each) => all + each, 0)
                .toLocaleString()}{' '}
              documents
            </Text>
            {nodes.map(({ node, lastBatchAt, refused }) => (
              <Group key={node} justify="space-between">
                <Text size="sm">{node}</Text>
                <Text size="sm" c={refused > 0 ? 'red' : 'dimmed'}>
                  {refused > 0 ? `${refused} refused, ` : ''}last {timeText(lastBatchAt)}
                </Text>
              </Group>
            ))}
          </Stack>
        )}
      </Answered>
    </Paper>
  );
}

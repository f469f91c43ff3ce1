/** The L7 view: who calls whom, how often, with what outcome. */
import { Group, Paper, Progress, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { type Bucket, groups, histogram, type Selection } from '../documents.ts';
import { Answered, isQueryFault, useAnswer } from '../parts/answer.tsx';
import { Histogram } from '../parts/histogram.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Place, usePlace } from '../parts/place.ts';
import { QueryBox } from '../parts/query-box.tsx';
import { stepOf, TimeSelect } from '../parts/time.tsx';
import { type Call, TrafficMap } from '../parts/traffic-map.tsx';
import { and, condition } from '../query-text.ts';

const FIELDS = [
  'destination.ip',
  'http.request.method',
  'http.response.status_code',
  'l7.count',
  'l7.destination.namespace',
  'l7.destination.owner',
  'l7.policy',
  'l7.source.namespace',
  'l7.source.owner',
  'l7.status_class',
  'l7.template',
  'source.ip',
];

const VIEWS = {
  workloads: ['l7.source.owner', 'l7.destination.owner'],
  addresses: ['source.ip', 'destination.ip'],
  paths: ['http.request.method', 'l7.template', 'l7.status_class'],
} as const;

type ViewName = keyof typeof VIEWS;

const CHOICES = [
  { value: 'paths', label: 'Paths' },
  { value: 'workloads', label: 'Workloads' },
  { value: 'addresses', label: 'Addresses' },
];

const HEADS: Readonly<Record<ViewName, readonly string[]>> = {
  workloads: ['From', 'To'],
  addresses: ['From', 'To'],
  paths: ['Method', 'Path', 'Status'],
};

interface Line {
  readonly key: readonly string[];
  readonly count: number;
  readonly blocked: number;
  readonly would: number;
}

const callOf = ({ key: [from = '', to = ''], count, blocked, would }: Line): Call => ({
  ...{ from, to, count },
  stopped: blocked + would,
});

const GROUPS_MAX = 500;

const byKey = (buckets: readonly Bucket[]): ReadonlyMap<string, number> =>
  new Map(buckets.map(({ key, metric }) => [JSON.stringify(key), metric ?? 0]));

async function linesOf(selection: Selection, view: ViewName, signal: AbortSignal): Promise<readonly Line[]> {
  const asked = { ...selection, fields: [...VIEWS[view]], size: GROUPS_MAX };
  const [all, blocked, would] = await Promise.all(
    ['sum:l7.count', 'sum:l7.blocked', 'sum:l7.would_block'].map((metric) =>
      groups({ ...asked, metric }, signal),
    ),
  );
  const refused = byKey(blocked ?? []);
  const doubtful = byKey(would ?? []);
  return (all ?? [])
    .map(({ key, metric }) => {
      const name = JSON.stringify(key);
      return {
        key: key.map(String),
        count: metric ?? 0,
        blocked: refused.get(name) ?? 0,
        would: doubtful.get(name) ?? 0,
      };
    })
    .sort((a, b) => b.count - a.count);
}

export function Traffic() {
  const place = usePlace();
  const [view, setView] = useState<ViewName>('paths');
  const { range } = place;
  const step = stepOf(range);
  const selection = { dataSet: 'l7', query: place.query, from: range.from, to: range.to } as const;
  const bars = useAnswer(`bars ${place.key}`, (signal) =>
    histogram({ ...selection, intervalMillis: step, metric: 'sum:l7.count' }, signal),
  );
  const lines = useAnswer(`${view} ${place.key}`, (signal) => linesOf(selection, view, signal));
  return (
    <Stack>
      <Title order={2}>Traffic</Title>
      <Group align="flex-start">
        <QueryBox
          query={place.query}
          failure={bars.failure}
          fields={FIELDS}
          seen={selection}
          onSubmit={place.setQuery}
        />
        <TimeSelect range={range} onChange={place.setSpan} />
      </Group>
      {isQueryFault(bars.failure) ? null : (
        <Paper withBorder p="sm">
          <Answered answer={bars} lines={6}>
            {(buckets) => (
              <Histogram
                label="Requests"
                range={range}
                stepMillis={step}
                onRange={place.setTime}
                series={[{ name: 'requests', color: 'var(--mantine-color-teal-6)', buckets }]}
              />
            )}
          </Answered>
        </Paper>
      )}
      <SegmentedControl
        aria-label="Grouped by"
        value={view}
        onChange={(value) => setView(value as ViewName)}
        data={CHOICES}
        w="fit-content"
      />
      {isQueryFault(bars.failure) ? null : (
        <Answered answer={lines} lines={10}>
          {(rows) => <MapAndRows rows={rows} view={view} place={place} />}
        </Answered>
      )}
    </Stack>
  );
}

interface MapAndRowsProps {
  readonly rows: readonly Line[];
  readonly view: ViewName;
  readonly place: Place;
}

function MapAndRows({ rows, view, place }: MapAndRowsProps) {
  const choose = (name: string): void => {
    const either = ['l7.source.owner', 'l7.destination.owner'].map((field) => condition(field, name));
    place.setQuery(and(place.query, `(${either.join(' OR ')})`));
  };
  return (
    <Stack>
      {view === 'workloads' ? <TrafficMap calls={rows.map(callOf)} onChoose={choose} /> : null}
      <Rows rows={rows} heads={HEADS[view]} />
    </Stack>
  );
}

function Rows({ rows, heads }: { readonly rows: readonly Line[]; readonly heads: readonly string[] }) {
  if (rows.length === 0) return <Text c="dimmed">No traffic of this time has these fields.</Text>;
  const top = rows[0]?.count ?? 1;
  return (
    <Table.ScrollContainer minWidth={600} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Traffic' }}>
      <Table highlightOnHover verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {heads.map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
            <Table.Th ta="right">Requests</Table.Th>
            <Table.Th w={160}>Share</Table.Th>
            <Table.Th ta="right">Blocked</Table.Th>
            <Table.Th ta="right">Would be</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, count, blocked, would }) => (
            <Table.Tr key={JSON.stringify(key)}>
              {key.map((text, column) => (
                <Table.Td key={heads[column]}>
                  <HostileText text={text} />
                </Table.Td>
              ))}
              <Table.Td ta="right">{count.toLocaleString()}</Table.Td>
              <Table.Td>
                <Progress
                  value={(count / top) * 100}
                  aria-label={`${Math.round((count / top) * 100)} percent of the most frequent`}
                />
              </Table.Td>
              <Table.Td ta="right">{blocked.toLocaleString()}</Table.Td>
              <Table.Td ta="right">{would.toLocaleString()}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

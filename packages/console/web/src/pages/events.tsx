/** Events: a query over a time, bars to drag on, facets, and the newest documents. */
import { Anchor, Button, Grid, Group, Paper, Stack, Switch, Table, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useId, useState } from 'react';
import { Link } from 'wouter';
import { histogram, type Selection, type Stored, search, textAt } from '../documents.ts';
import { ActionBadge } from '../parts/action-badge.tsx';
import { Answered, isQueryFault, useAnswer } from '../parts/answer.tsx';
import { Facet } from '../parts/facet.tsx';
import { Heads } from '../parts/heads.tsx';
import { Histogram } from '../parts/histogram.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Place, usePlace } from '../parts/place.ts';
import { QueryBox } from '../parts/query-box.tsx';
import { SavedSearches } from '../parts/saved-searches.tsx';
import { stepOf, TimeSelect, timeText } from '../parts/time.tsx';
import { and } from '../query-text.ts';

const PAGE = 50;
const LIVE_MILLIS = 3_000;

export const FACETS = [
  { title: 'Rules', field: 'waf.rules.id' },
  { title: 'Workloads', field: 'waf.destination.owner' },
  { title: 'Sources', field: 'source.ip' },
  { title: 'Paths', field: 'url.path' },
  { title: 'Policies', field: 'waf.policy' },
];

const selectionOf = ({ query, range }: Place): Selection => ({
  dataSet: 'waf',
  query,
  from: range.from,
  to: range.to,
});

export function Events() {
  const place = usePlace();
  const selection = selectionOf(place);
  const [saved, { toggle }] = useDisclosure();
  const savedId = useId();
  const add = (condition: string): void => place.setQuery(and(place.query, condition));
  const step = stepOf(place.range);
  const asked = { ...selection, intervalMillis: step };
  const bars = useAnswer(`bars ${JSON.stringify(asked)}`, async (signal) => {
    // First the query as it was written: what is wrong in it is told in its own words.
    const all = await histogram(asked, signal);
    const blocked = await histogram({ ...asked, query: and(place.query, 'event.type = denied') }, signal);
    const denied = new Map(blocked.map(({ key, count }) => [key[0], count]));
    const others = all.map((bucket) => ({
      ...bucket,
      count: bucket.count - (denied.get(bucket.key[0]) ?? 0),
    }));
    return { others, blocked };
  });
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Events</Title>
        <Button variant="default" aria-expanded={saved} aria-controls={savedId} onClick={toggle}>
          Saved searches
        </Button>
      </Group>
      <Group align="flex-start">
        <QueryBox query={place.query} failure={bars.failure} seen={selection} onSubmit={place.setQuery} />
        <TimeSelect range={place.range} onChange={place.setSpan} />
        <Live place={place} />
      </Group>
      {saved ? <SavedSearches place={place} id={savedId} /> : null}
      {isQueryFault(bars.failure) ? null : (
        <Paper withBorder p="sm">
          <Answered answer={bars} lines={6}>
            {({ others, blocked }) => (
              <Histogram
                label="Events"
                range={place.range}
                stepMillis={step}
                onRange={place.setTime}
                series={[
                  { name: 'blocked', color: 'var(--mantine-color-red-7)', buckets: blocked },
                  { name: 'not blocked', color: 'var(--mantine-color-gray-5)', buckets: others },
                ]}
              />
            )}
          </Answered>
        </Paper>
      )}
      {bars.failure !== null ? null : (
        <Grid>
          <Grid.Col span={{ base: 12, md: 9 }}>
            <Documents key={place.key} selection={selection} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 3 }}>
            <Stack>
              {FACETS.map((facet) => (
                <Facet key={facet.field} {...facet} selection={selection} onAdd={add} />
              ))}
            </Stack>
          </Grid.Col>
        </Grid>
      )}
    </Stack>
  );
}

/** Looks again every few seconds, while the page is seen. */
function Live({ place }: { readonly place: Place }) {
  const [live, setLive] = useState(false);
  const { span } = place.range;
  const { setSpan } = place;
  useEffect(() => {
    if (!live || span === null) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setSpan(span);
    }, LIVE_MILLIS);
    return () => clearInterval(timer);
  }, [live, span, setSpan]);
  return (
    <Switch
      label="Live"
      mt={6}
      checked={live}
      disabled={span === null}
      onChange={(event) => setLive(event.currentTarget.checked)}
    />
  );
}

function Documents({ selection }: { readonly selection: Selection }) {
  const [more, setMore] = useState<{
    readonly documents: readonly Stored[];
    readonly cursor: string | null;
  } | null>(null);
  const [busy, setBusy] = useState(false);
  const first = useAnswer(`search ${JSON.stringify(selection)}`, (signal) =>
    search({ ...selection, size: PAGE }, signal),
  );
  return (
    <Answered answer={first} lines={12}>
      {(page) => {
        const documents = [...page.documents, ...(more?.documents ?? [])];
        const cursor = more === null ? page.cursor : more.cursor;
        const next = (): void => {
          if (cursor === null) return;
          setBusy(true);
          search({ ...selection, size: PAGE, cursor })
            .then(
              (found) =>
                setMore({
                  documents: [...(more?.documents ?? []), ...found.documents],
                  cursor: found.cursor,
                }),
              first.again,
            )
            .finally(() => setBusy(false));
        };
        if (documents.length === 0) return <Text c="dimmed">No event of this time matches.</Text>;
        return (
          <Stack>
            <EventTable documents={documents} />
            {cursor === null ? null : (
              <Button variant="default" onClick={next} loading={busy}>
                More
              </Button>
            )}
          </Stack>
        );
      }}
    </Answered>
  );
}

export function EventTable({ documents }: { readonly documents: readonly Stored[] }) {
  return (
    <Table.ScrollContainer minWidth={700} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Events' }}>
      <Table highlightOnHover verticalSpacing={6}>
        <Heads of={['Time', 'Action', 'Request', 'Rule', 'Source', 'Workload']} />
        <Table.Tbody>
          {documents.map(({ id, document }) => (
            <Table.Tr key={id}>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <Anchor component={Link} href={`/events/waf/${encodeURIComponent(id)}`} size="sm">
                  {timeText(Date.parse(textAt(document, '@timestamp')))}
                </Anchor>
              </Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <ActionBadge document={document} />
              </Table.Td>
              <Table.Td>
                <HostileText
                  lineClamp={2}
                  text={`${textAt(document, 'http.request.method')} ${textAt(document, 'url.domain')}${textAt(document, 'url.original')}`}
                />
              </Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>
                <HostileText text={textAt(document, 'rule.id')} />
              </Table.Td>
              <Table.Td>
                <HostileText text={textAt(document, 'waf.source.pod') || textAt(document, 'source.ip')} />
              </Table.Td>
              <Table.Td>
                <HostileText
                  text={
                    textAt(document, 'waf.destination.owner') ||
                    textAt(document, 'waf.destination.service') ||
                    textAt(document, 'destination.ip')
                  }
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

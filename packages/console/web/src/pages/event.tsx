/** One event in full: what was asked, which rules matched where, how the score came together, and what is like it. */
import { Anchor, Badge, Button, Code, Grid, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { at, type DataSet, listAt, numberAt, one, type Stored, search, textAt } from '../documents.ts';
import { ActionBadge } from '../parts/action-badge.tsx';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { HostileText, visible } from '../parts/hostile-text.tsx';
import { MarkedText } from '../parts/marked-text.tsx';
import { Replay } from '../parts/replay.tsx';
import { Scores } from '../parts/score.tsx';
import { timeText } from '../parts/time.tsx';
import { and, condition } from '../query-text.ts';
import { EventTable } from './events.tsx';
import { requestLink } from './request.tsx';

const HOUR = 3_600_000;

export function EventPage({ dataSet, id }: { readonly dataSet: string; readonly id: string }) {
  const known: DataSet = dataSet === 'l7' ? 'l7' : 'waf';
  const answer = useAnswer(`${known} ${id}`, (signal) => one(known, decodeURIComponent(id), signal));
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Event</Title>
        <Anchor component={Link} href="/events">
          All events
        </Anchor>
      </Group>
      <Answered answer={answer} lines={20}>
        {(stored) => <Story stored={stored} />}
      </Answered>
    </Stack>
  );
}

function Story({ stored }: { readonly stored: Stored }) {
  const { document } = stored;
  const reason = textAt(document, 'event.reason') || textAt(document, 'waf.detail');
  return (
    <Stack>
      <Group>
        <ActionBadge document={document} />
        <Text>{timeText(Date.parse(textAt(document, '@timestamp')))}</Text>
        <Badge variant="default">{textAt(document, 'waf.mode') || 'no mode'}</Badge>
        {reason === '' ? null : <HostileText text={reason} />}
        {at(document, 'waf.would_block') === true ? (
          <Button
            component={Link}
            href={`/events/waf/${encodeURIComponent(stored.id)}/exclude`}
            variant="default"
            size="compact-md"
          >
            Exclude…
          </Button>
        ) : null}
      </Group>
      <Grid>
        <Grid.Col span={{ base: 12, lg: 7 }}>
          <Stack>
            <Scores document={document} />
            <Rules document={document} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 5 }}>
          <Stack>
            <Request document={document} />
            <Ends document={document} />
            <Coverage document={document} />
          </Stack>
        </Grid.Col>
      </Grid>
      {textAt(document, 'url.original') === '' ? null : <Replay id={stored.id} />}
      <Alike stored={stored} />
      <details>
        <summary>The document as it is stored</summary>
        <Code block mt="xs" tabIndex={0}>
          {JSON.stringify(document, null, 2).split('\n').map(visible).join('\n')}
        </Code>
      </details>
    </Stack>
  );
}

function Facts({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly (readonly [string, ReactNode])[];
}) {
  const shown = rows.filter(([, value]) => value !== '' && value !== null);
  if (shown.length === 0) return null;
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        {title}
      </Title>
      <Table variant="vertical" layout="fixed" withRowBorders={false} verticalSpacing={2}>
        <Table.Tbody>
          {shown.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th w={130}>{name}</Table.Th>
              <Table.Td>{typeof value === 'string' ? <HostileText text={value} /> : value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

const bytesOf = (document: unknown, path: string): string =>
  numberAt(document, path) === null ? '' : `${textAt(document, path)} bytes`;

/** To be passed on: it leads here, as the id on a block page does. */
const IdLink = ({ id }: { readonly id: string }) => (
  <Anchor component={Link} href={requestLink(id)}>
    <HostileText text={id} />
  </Anchor>
);

function Request({ document }: { readonly document: unknown }) {
  const text = (path: string): string => textAt(document, path);
  const id = text('http.request.id');
  return (
    <Facts
      title="Request"
      rows={[
        ['Method', text('http.request.method')],
        ['Scheme', text('url.scheme')],
        ['Host', text('url.domain')],
        ['Target', text('url.original')],
        ['Version', text('http.version')],
        ['User agent', text('user_agent.original')],
        ['Referer', text('http.request.referrer')],
        ['Media type', text('http.request.mime_type')],
        ['Body', bytesOf(document, 'http.request.bytes')],
        ['Not stored', 'other headers, cookies, what is in bodies'],
        ['Status', text('http.response.status_code')],
        [
          'Response',
          [text('http.response.mime_type'), bytesOf(document, 'http.response.bytes')].join(' ').trim(),
        ],
        ['Request id', id === '' ? '' : <IdLink key="id" id={id} />],
        ['Trace', text('trace.id')],
        ['Policy', text('waf.policy')],
        ['Rule set', [text('rule.ruleset'), text('rule.version')].join(' ').trim()],
        ['Inspection', numberAt(document, 'waf.latency_us') === null ? '' : `${text('waf.latency_us')} µs`],
      ]}
    />
  );
}

function Ends({ document }: { readonly document: unknown }) {
  const end = (side: 'source' | 'destination', name: string): string =>
    textAt(document, `waf.${side}.${name}`);
  const rows = (side: 'source' | 'destination'): readonly (readonly [string, ReactNode])[] => [
    ['Address', `${textAt(document, `${side}.ip`)}:${textAt(document, `${side}.port`)}`],
    ['Namespace', end(side, 'namespace')],
    ['Owner', end(side, 'owner')],
    ['Pod', end(side, 'pod')],
    ['Service', side === 'destination' ? end(side, 'service') : ''],
    ['Labels', listAt(document, `waf.${side}.labels`).map(String).join(' ')],
  ];
  return (
    <>
      <Facts title="Source" rows={rows('source')} />
      <Facts title="Workload" rows={rows('destination')} />
    </>
  );
}

function Coverage({ document }: { readonly document: unknown }) {
  const skipped = listAt(document, 'waf.coverage.skipped').map(String);
  return (
    <Facts
      title="Coverage"
      rows={[
        [
          'Body',
          at(document, 'waf.coverage.body_inspected') === true ? 'inspected' : 'not inspected, or none',
        ],
        [
          'Seen',
          numberAt(document, 'waf.coverage.request_bytes_seen') === null
            ? ''
            : `${textAt(document, 'waf.coverage.request_bytes_seen')} bytes`,
        ],
        ['Not inspected', skipped.join('; ')],
        ['Cause', textAt(document, 'waf.cause')],
      ]}
    />
  );
}

/** What of a value a rule says that it matched, in the value itself. */
function Marked({ value, data }: { readonly value: string; readonly data: string }) {
  const found = /Matched Data: (.*?) found within /s.exec(data)?.[1] ?? '';
  // Rules fold case; to fold the value itself could change its length.
  const begin = found === '' ? -1 : value.search(new RegExp(found.replace(/[^\w\s]/g, '\\$&'), 'i'));
  if (begin < 0) return <HostileText text={value} />;
  const end = begin + found.length;
  return <MarkedText pieces={[value.slice(0, begin), value.slice(begin, end), value.slice(end)]} />;
}

function Rules({ document }: { readonly document: unknown }) {
  const rules = listAt(document, 'waf.rules');
  if (rules.length === 0) return null;
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        Rules that matched
      </Title>
      <Stack>
        {rules.map((rule, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule may match more than once, in an order that stays
          <RuleCard key={`${textAt(rule, 'id')} ${index}`} rule={rule} />
        ))}
      </Stack>
    </Paper>
  );
}

function RuleCard({ rule }: { readonly rule: unknown }) {
  const id = textAt(rule, 'id');
  const data = textAt(rule, 'data');
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Anchor
          component={Link}
          href={`/events?q=${encodeURIComponent(condition('waf.rules.id', id))}`}
          fw={700}
        >
          {visible(id)}
        </Anchor>
        <Anchor component={Link} href={`/rules/${encodeURIComponent(id)}`} size="sm">
          its text
        </Anchor>
        <HostileText text={textAt(rule, 'message')} />
        {textAt(rule, 'severity') === '' ? null : (
          <Badge variant="default">{visible(textAt(rule, 'severity'))}</Badge>
        )}
        {(numberAt(rule, 'score') ?? 0) > 0 ? <Badge color="red.9">+{textAt(rule, 'score')}</Badge> : null}
        <Text size="xs" c="dimmed">
          phase {textAt(rule, 'phase')}, paranoia level {textAt(rule, 'paranoia_level')},{' '}
          {visible(textAt(rule, 'file'))}:{textAt(rule, 'line')}
        </Text>
      </Group>
      {listAt(rule, 'targets').map((target, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a variable may match more than once, in an order that stays
        <Group key={`${textAt(target, 'variable')} ${index}`} gap="xs" pl="md" wrap="nowrap" align="baseline">
          <HostileText text={textAt(target, 'variable')} c="dimmed" />
          <Marked value={textAt(target, 'value')} data={data} />
        </Group>
      ))}
      {(numberAt(rule, 'targets_left_out') ?? 0) > 0 ? (
        <Text size="xs" pl="md">
          and {textAt(rule, 'targets_left_out')} more
        </Text>
      ) : null}
    </Stack>
  );
}

/** Others of the same rule and path, of the hour around it. */
function Alike({ stored: { id, document } }: { readonly stored: Stored }) {
  const rule = textAt(document, 'rule.id');
  const time = Date.parse(textAt(document, '@timestamp'));
  const path = textAt(document, 'url.path');
  const query = [
    rule === '' ? '' : condition('rule.id', rule),
    path === '' ? '' : condition('url.path', path),
  ]
    .filter((each) => each !== '')
    .reduce(and, '');
  const asked = { dataSet: 'waf', query, from: time - HOUR, to: time + HOUR, size: 10 } as const;
  const answer = useAnswer(`alike ${id}`, (signal) => search(asked, signal));
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          Similar events
        </Title>
        <Anchor
          component={Link}
          size="sm"
          href={`/events?q=${encodeURIComponent(query)}&from=${asked.from}&to=${asked.to}`}
        >
          Search for them
        </Anchor>
      </Group>
      <Answered answer={answer}>
        {({ documents }) => {
          const others = documents.filter((other) => other.id !== id);
          return others.length === 0 ? (
            <Text c="dimmed">None within an hour.</Text>
          ) : (
            <EventTable documents={others} />
          );
        }}
      </Answered>
    </Paper>
  );
}

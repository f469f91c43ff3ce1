/** From Detect to Block: what Block would stop of a policy, judged, what would clear the mistakes, and the move in stages. */
import { Badge, Group, Paper, Select, Stack, Table, Text, Title } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { type Bucket, terms } from '../documents.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { Proposals } from '../parts/proposals.tsx';
import { type Analysis, analyse, type Group as Found } from '../policies.ts';
import { useSession, useUser } from '../session.tsx';
import { Moves } from './moves.tsx';
import { Stages } from './stages.tsx';

const DAY = 86_400_000;
const DAYS = ['1', '7', '30'];
const POLICIES_MAX = 100;

const policiesOf = (signal: AbortSignal): Promise<readonly Bucket[]> => {
  const to = Date.now() + 1;
  const query = 'waf.would_block = true';
  return terms(
    { dataSet: 'waf', query, from: to - 30 * DAY, to, field: 'waf.policy', size: POLICIES_MAX },
    signal,
  );
};

export function Promote() {
  const [params, setParams] = useSearchParams();
  const user = useUser();
  // A WAFPolicy is named with its namespace.
  const hasCluster = useSession().answer?.cluster === true;
  const policies = useAnswer('policies of events', policiesOf);
  const named = params.get('policy');
  const days = params.get('days') ?? '7';
  const policy = named ?? String(policies.data?.[0]?.key[0] ?? '');
  const choose = (name: string, value: string): void =>
    setParams((former) => {
      const next = new URLSearchParams(former);
      next.set(name, value);
      return next;
    });
  return (
    <Stack>
      <Title order={2}>Promote</Title>
      <Answered answer={policies} lines={1}>
        {(buckets) => (
          <Group>
            <Select
              label="Policy"
              data={[...new Set([...buckets.map(({ key }) => String(key[0])), policy])].filter(
                (name) => name !== '',
              )}
              value={policy === '' ? null : policy}
              placeholder="No refused request is stored"
              onChange={(value) => value !== null && choose('policy', value)}
              allowDeselect={false}
            />
            <Select
              label="Days"
              data={DAYS}
              value={days}
              onChange={(value) => value !== null && choose('days', value)}
              allowDeselect={false}
              w={90}
            />
          </Group>
        )}
      </Answered>
      {policy === '' ? null : <Report policy={policy} days={Number(days) || 7} />}
      {hasCluster && policy.includes('/') ? <Stages key={policy} policy={policy} /> : null}
      {user.namespaces === null ? <Moves policy={policy} /> : null}
    </Stack>
  );
}

function Report({ policy, days }: { readonly policy: string; readonly days: number }) {
  const answer = useAnswer(`${policy} ${days}`, (signal) => analyse(policy, days, signal));
  return (
    <Answered answer={answer} lines={12}>
      {(analysis) => (
        <Stack>
          <Text>
            Block would have stopped, or has, {analysis.requests.toLocaleString()} requests of{' '}
            {analysis.sources.toLocaleString()} sources; {analysis.denied.toLocaleString()} were denied.
            {analysis.isCut ? ' There are more that were not looked at.' : ''}
          </Text>
          <Section title="Look like false positives" of="false positive" analysis={analysis} />
          <Section title="Unclear" of="unclear" analysis={analysis} />
          <Section title="Look like attacks" of="attack" analysis={analysis} />
          {analysis.groupsLeftOut > 0 ? (
            <Text>{analysis.groupsLeftOut} more groups are not shown.</Text>
          ) : null}
          <Proposals exclusions={analysis.exclusions} workload={policy} days={days} />
        </Stack>
      )}
    </Answered>
  );
}

const COLORS = { 'false positive': '#a33b00', unclear: 'gray.7', attack: 'red.9' } as const;

function Section({
  title,
  of,
  analysis,
}: {
  readonly title: string;
  readonly of: Found['judgement']['verdict'];
  readonly analysis: Analysis;
}) {
  const groups = analysis.groups.filter(({ judgement }) => judgement.verdict === of);
  if (groups.length === 0) return null;
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        {title}: {groups.length}
      </Title>
      <Table.ScrollContainer minWidth={760} scrollAreaProps={{ tabIndex: 0, 'aria-label': title }}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              {['Rule', 'Target', 'Path', 'Requests', 'Sources', 'Why', 'Events'].map((head) => (
                <Table.Th key={head}>{head}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {groups.map((group) => (
              <GroupRow key={JSON.stringify([group.rule, group.target, group.path])} group={group} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function GroupRow({ group }: { readonly group: Found }) {
  const { rule, message, target, path, requests, sources, judgement, examples } = group;
  return (
    <Table.Tr>
      <Table.Td>
        <Link href={`/rules/${encodeURIComponent(rule)}`}>
          <HostileText text={rule} />
        </Link>
        <div>
          <HostileText text={message} c="dimmed" lineClamp={1} />
        </div>
      </Table.Td>
      <Table.Td>
        <HostileText text={target} />
      </Table.Td>
      <Table.Td>
        <HostileText text={path} />
      </Table.Td>
      <Table.Td>{requests.toLocaleString()}</Table.Td>
      <Table.Td>{sources.toLocaleString()}</Table.Td>
      <Table.Td>
        <Badge color={COLORS[judgement.verdict]} style={{ textTransform: 'none' }}>
          {judgement.verdict} ({judgement.points})
        </Badge>
        {judgement.because.map((reason) => (
          <Text size="xs" key={reason.rule}>
            {reason.rule} ({reason.points}): {reason.says}
          </Text>
        ))}
      </Table.Td>
      <Table.Td>
        {examples.map(({ id, value }) => (
          <div key={id}>
            <Link href={`/events/waf/${encodeURIComponent(id)}`}>
              <HostileText text={value === '' ? id : value} lineClamp={1} />
            </Link>
          </div>
        ))}
      </Table.Td>
    </Table.Tr>
  );
}

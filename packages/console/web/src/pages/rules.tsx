/** Rule sets in force by node, rules by what they find and how much of it looks mistaken, and policies with where each value comes from. */
import { Paper, Select, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { type Bucket, groups, terms } from '../documents.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { Heads } from '../parts/heads.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { AllRuleCosts, microsText, partText, useRuleCosts } from '../parts/rule-costs.tsx';
import { analyse } from '../policies.ts';
import { useUser } from '../session.tsx';
import { Policies } from './policies.tsx';

const DAY = 86_400_000;
const SETS_MAX = 200;
const RULES_MAX = 200;

export function Rules() {
  const user = useUser();
  return (
    <Stack>
      <Title order={2}>Rules and policies</Title>
      <Tabs defaultValue="rules" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="sets">Rule sets by node</Tabs.Tab>
          {user.namespaces === null ? <Tabs.Tab value="costs">What rules cost</Tabs.Tab> : null}
          {user.namespaces === null ? <Tabs.Tab value="policies">Policies</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="rules" pt="sm">
          <Found />
        </Tabs.Panel>
        <Tabs.Panel value="sets" pt="sm">
          <RuleSets />
        </Tabs.Panel>
        <Tabs.Panel value="costs" pt="sm">
          <AllRuleCosts />
        </Tabs.Panel>
        <Tabs.Panel value="policies" pt="sm">
          <Policies />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

const lastWeek = () => {
  const to = Date.now() + 1;
  return { dataSet: 'waf', query: '', from: to - 7 * DAY, to } as const;
};

function RuleSets() {
  const fields = ['observer.hostname', 'rule.ruleset', 'rule.version', 'waf.rule_set'];
  const answer = useAnswer('rule sets', (signal) =>
    groups({ ...lastWeek(), query: 'waf.rule_set IN {"*"}', fields, size: SETS_MAX }, signal),
  );
  return (
    <Stack>
      <Text c="dimmed">
        Of nodes with events in the last 7 days. Equal digests are equal rules; the digest is of the rules of
        all policies.
      </Text>
      <Answered answer={answer}>
        {(buckets) => (
          <Table.ScrollContainer minWidth={600} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Rule sets' }}>
            <Table>
              <Heads of={['Node', 'Rule set', 'Version', 'Digest', 'Events']} />
              <Table.Tbody>
                {buckets.map(({ key, count }) => (
                  <Table.Tr key={JSON.stringify(key)}>
                    {key.map((value, column) => (
                      <Table.Td key={fields[column]}>
                        <HostileText text={String(value)} />
                      </Table.Td>
                    ))}
                    <Table.Td>{count.toLocaleString()}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Answered>
    </Stack>
  );
}

interface Answers {
  readonly policies: readonly string[];
  readonly hits: readonly Bucket[];
}

function Found() {
  const answer = useAnswer('rules', async (signal): Promise<Answers> => {
    const [policies, hits] = await Promise.all([
      terms({ ...lastWeek(), query: 'waf.would_block = true', field: 'waf.policy', size: 100 }, signal),
      terms({ ...lastWeek(), field: 'waf.rules.id', size: RULES_MAX }, signal),
    ]);
    return { policies: policies.map(({ key }) => String(key[0])), hits };
  });
  return (
    <Answered answer={answer} lines={12}>
      {({ policies, hits }) => <Table7Days policies={policies} hits={hits} />}
    </Answered>
  );
}

function Table7Days({ policies, hits }: Answers) {
  const [policy, setPolicy] = useState<string | null>(policies[0] ?? null);
  const shares = useAnswer(`shares ${policy}`, async (signal) =>
    policy === null ? null : analyse(policy, 7, signal),
  );
  const costs = useRuleCosts().data;
  const costOf = new Map(costs?.rules.map((each) => [String(each.id), each]));
  const byRule = new Map(shares.data?.rules.map((each) => [each.rule, each]));
  return (
    <Stack>
      <Select
        label="Share that looks mistaken, of the policy"
        data={[...policies]}
        value={policy}
        onChange={setPolicy}
        w={320}
      />
      <Text c="dimmed" size="sm">
        Events of the last 7 days.
      </Text>
      <Paper withBorder p="sm" aria-busy={shares.loading}>
        <Table.ScrollContainer minWidth={600} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Rules' }}>
          <Table verticalSpacing={4}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Rule</Table.Th>
                <Table.Th ta="right">Events</Table.Th>
                <Table.Th ta="right">Refused in the policy</Table.Th>
                <Table.Th ta="right">Look like false positives</Table.Th>
                <Table.Th ta="right">Look like attacks</Table.Th>
                {costs === null ? null : <Table.Th ta="right">Cost a request</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {hits.map(({ key, count }) => {
                const id = String(key[0]);
                const share = byRule.get(id);
                const cost = costOf.get(id);
                return (
                  <Table.Tr key={id}>
                    <Table.Td>
                      <Link href={`/rules/${encodeURIComponent(id)}`}>
                        <HostileText text={id} />
                      </Link>{' '}
                      <HostileText text={share?.message ?? ''} c="dimmed" />
                    </Table.Td>
                    <Table.Td ta="right">{count.toLocaleString()}</Table.Td>
                    <Table.Td ta="right">{share === undefined ? '' : share.events.toLocaleString()}</Table.Td>
                    <Table.Td ta="right">{shareText(share?.mistaken, share?.events)}</Table.Td>
                    <Table.Td ta="right">{shareText(share?.attacks, share?.events)}</Table.Td>
                    {costs === null ? null : (
                      <Table.Td ta="right">
                        {cost === undefined ? '' : `${microsText(cost.micros)}, ${partText(cost.share)}`}
                      </Table.Td>
                    )}
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </Stack>
  );
}

const shareText = (part: number | undefined, whole: number | undefined): string =>
  part === undefined || whole === undefined || whole === 0 ? '' : `${Math.round((part / whole) * 100)} %`;

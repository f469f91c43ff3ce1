/** Services of the cluster: selected or not, enforced or not and why. */
import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { ask } from '../ask.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { Heads } from '../parts/heads.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { VerdictBadge } from '../parts/verdict-badge.tsx';
import { useSession } from '../session.tsx';
import type { Workload, WorkloadsAnswer } from '../workloads.ts';

export function Workloads() {
  const hasCluster = useSession().answer?.cluster === true;
  return (
    <Stack>
      <Title order={2}>Workloads</Title>
      {hasCluster ? (
        <Found />
      ) : (
        <Text>There is no cluster here: console.kubernetes in hub.yaml names one.</Text>
      )}
    </Stack>
  );
}

function Found() {
  const [namespace, setNamespace] = useState<string | null>(null);
  const [text, setText] = useState('');
  const asked = new URLSearchParams({
    ...(namespace === null ? {} : { namespace }),
    ...(text === '' ? {} : { text }),
  });
  const answer = useAnswer(`workloads ${asked}`, (signal) =>
    ask<WorkloadsAnswer>(`/api/workloads?${asked}`, { signal }),
  );
  return (
    <>
      <Group align="flex-end">
        <Select
          label="Namespace"
          placeholder="All of yours"
          clearable
          searchable
          data={[...(answer.data?.namespaces ?? [])]}
          value={namespace}
          onChange={setNamespace}
        />
        <TextInput label="Name" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Button variant="default" onClick={answer.again}>
          Look again
        </Button>
      </Group>
      <Answered answer={answer} lines={8}>
        {(found) => (
          <>
            <Headline {...found} />
            <Rows {...found} />
          </>
        )}
      </Answered>
    </>
  );
}

function Headline({ workloads, nodes, unseen }: WorkloadsAnswer) {
  const selected = workloads.filter((each) => each.selected);
  const enforced = selected.filter(({ verdict }) => verdict === 'Enforced');
  const troubled = nodes.filter(({ isSilent, problem }) => isSilent || problem !== '');
  return (
    <Stack gap="xs">
      <Text>
        {selected.length} selected, {enforced.length} enforced
        {nodes.length === 0 ? '' : `; ${nodes.length - troubled.length} of ${nodes.length} nodes are well`}
      </Text>
      {troubled.map(({ node, problem, heardAt }) => (
        <Alert key={node} color="orange" variant="light" title={`Node ${node}`}>
          {problem === '' ? (
            `It has said nothing since ${heardAt ?? 'ever'}.`
          ) : (
            <HostileText text={problem} />
          )}
        </Alert>
      ))}
      {unseen.length === 0 ? null : (
        <Text size="sm" c="dimmed">
          Not shown to the console, or not in this cluster: {unseen.join(', ')}.
        </Text>
      )}
    </Stack>
  );
}

function Rows({ workloads, more }: WorkloadsAnswer) {
  if (workloads.length === 0) return <Text c="dimmed">There is no Service that you may see.</Text>;
  return (
    <>
      <Table.ScrollContainer minWidth={760} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Workloads' }}>
        <Table highlightOnHover verticalSpacing={6}>
          <Heads of={['Service', 'State', 'Mode', 'Policy', 'Pods', 'Why']} />
          <Table.Tbody>
            {workloads.map((each) => (
              <Row key={`${each.namespace}/${each.name}`} workload={each} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {more === 0 ? null : <Text c="dimmed">And {more} more: choose a namespace, or part of a name.</Text>}
    </>
  );
}

function Row({ workload }: { readonly workload: Workload }) {
  const { namespace, name, verdict, mode, policy, pods, why, because, selected } = workload;
  const held = pods.filter(({ quarantine }) => quarantine !== null).length;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/workloads/${namespace}/${name}`}>
          {namespace}/{name}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <VerdictBadge verdict={verdict} />
      </Table.Td>
      <Table.Td>{mode ?? (selected ? 'unknown' : '')}</Table.Td>
      <Table.Td>{policy ?? ''}</Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          {pods.length}
          {held === 0 ? null : (
            <Badge color="grape.9" size="sm">
              {held} quarantined
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm">{selected ? why : because}</Text>
      </Table.Td>
    </Table.Tr>
  );
}

/** One Service: from its annotation to enforcement, its pods, and what can be changed. */
import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  List,
  Paper,
  SegmentedControl,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { ask } from '../ask.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { ChangePanel } from '../parts/change-panel.tsx';
import { Heads } from '../parts/heads.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { QuarantineForm } from '../parts/quarantine-form.tsx';
import { timeText } from '../parts/time.tsx';
import { VerdictBadge } from '../parts/verdict-badge.tsx';
import { type Change, type Mode, type Story, WORKLOAD_DESK, type WorkloadPod } from '../workloads.ts';

interface Asked {
  readonly title: string;
  readonly change: Change;
}

export function WorkloadPage({ namespace, name }: { readonly namespace: string; readonly name: string }) {
  const key = `${namespace}/${name}`;
  const answer = useAnswer(`workload ${key}`, (signal) =>
    ask<Story>(`/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`, { signal }),
  );
  const [asked, setAsked] = useState<Asked | null>(null);
  const [done, setDone] = useState<readonly string[]>([]);
  const begin = (next: Asked): void => {
    setDone([]);
    setAsked(next);
  };
  const finish = (sentences: readonly string[]): void => {
    setDone(sentences);
    setAsked(null);
    answer.again();
  };
  return (
    <Stack>
      <Anchor component={Link} href="/workloads" size="sm">
        Workloads
      </Anchor>
      <Group justify="space-between">
        <Title order={2}>{key}</Title>
        <Button variant="default" onClick={answer.again}>
          Look again
        </Button>
      </Group>
      {done.length === 0 ? null : (
        <Alert color="teal" role="status">
          {done.join(' ')} It shows here in a moment.
        </Alert>
      )}
      {asked === null ? null : (
        <ChangePanel
          desk={WORKLOAD_DESK}
          key={JSON.stringify(asked)}
          {...asked}
          onDone={finish}
          onCancel={() => setAsked(null)}
        />
      )}
      <Answered answer={answer} lines={8}>
        {(story) => (
          <>
            <Actions key={`${story.workload.inspect} ${story.workload.mode}`} story={story} begin={begin} />
            <Steps steps={story.steps} />
            <Pods story={story} begin={begin} />
            <Settings settings={story.settings} />
          </>
        )}
      </Answered>
    </Stack>
  );
}

type Begin = (asked: Asked) => void;

const MODES: readonly Mode[] = ['Off', 'Detect', 'Block'];

function Actions({ story, begin }: { readonly story: Story; readonly begin: Begin }) {
  const { workload, acts } = story;
  const { verdict, because, inspect, mode, namespace, name } = workload;
  const service = `${namespace}/${name}`;
  const [wanted, setWanted] = useState<Mode>(MODES.find((each) => each === mode) ?? 'Detect');
  const select = (value: boolean | null, title: string): void =>
    begin({ title, change: { kind: 'inspect', service, inspect: value } });
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group gap="sm">
          <VerdictBadge verdict={verdict} />
          <Text size="sm">{because}</Text>
        </Group>
        {acts ? (
          <>
            <Group gap="xs">
              {inspect === true ? null : (
                <Button
                  size="compact-md"
                  variant="default"
                  onClick={() => select(true, 'Select for inspection')}
                >
                  Select
                </Button>
              )}
              {inspect === false ? null : (
                <Button
                  size="compact-md"
                  variant="default"
                  onClick={() => select(false, 'Keep out of inspection')}
                >
                  Keep out
                </Button>
              )}
              {inspect === null ? null : (
                <Button
                  size="compact-md"
                  variant="default"
                  onClick={() => select(null, 'Take the annotation away')}
                >
                  Take the annotation away
                </Button>
              )}
            </Group>
            <Group gap="xs">
              <SegmentedControl
                aria-label="Mode"
                data={[...MODES]}
                value={wanted}
                onChange={(value) => setWanted(MODES.find((each) => each === value) ?? 'Detect')}
              />
              <Button
                size="compact-md"
                variant="default"
                disabled={wanted === mode}
                onClick={() =>
                  begin({ title: `Mode ${wanted}`, change: { kind: 'mode', service, mode: wanted } })
                }
              >
                Change the mode
              </Button>
            </Group>
          </>
        ) : null}
      </Stack>
    </Paper>
  );
}

const STEP_COLORS: Readonly<Record<string, string>> = { yes: '#1b6a2d', partly: '#9a3412', no: 'red.9' };

function Steps({ steps }: Pick<Story, 'steps'>) {
  return (
    <Paper withBorder p="md">
      <Title order={3} size="h5" mb="xs">
        From selection to enforcement
      </Title>
      <Stack gap="sm">
        {steps.map(({ step, state, says, remedies }) => (
          <Group key={step} align="flex-start" wrap="nowrap">
            <Badge color={STEP_COLORS[state] ?? 'gray.7'} w={130} style={{ flexShrink: 0 }}>
              {step}: {state}
            </Badge>
            <List size="sm" listStyleType="none">
              {says.map((text) => (
                <List.Item key={text}>{text}</List.Item>
              ))}
              {remedies.map((text) => (
                <List.Item key={text}>→ {text}</List.Item>
              ))}
            </List>
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}

function Pods({ story, begin }: { readonly story: Story; readonly begin: Begin }) {
  const { workload, acts } = story;
  const [form, setForm] = useState<WorkloadPod | null>(null);
  const { namespace, pods } = workload;
  const keyOf = (pod: WorkloadPod): string => `${namespace}/${pod.name}`;
  return (
    <Paper withBorder p="md">
      <Title order={3} size="h5" mb="xs">
        Pods
      </Title>
      {pods.length === 0 ? <Text size="sm">No pod that runs stands behind it.</Text> : null}
      {form === null ? null : (
        <QuarantineForm
          pod={keyOf(form)}
          onCancel={() => setForm(null)}
          onAsk={(more) => {
            setForm(null);
            const change = { kind: 'quarantine', pod: keyOf(form), uid: form.uid, ...more } as const;
            begin({ title: `Quarantine of ${keyOf(form)}`, change });
          }}
        />
      )}
      {pods.length === 0 ? null : (
        <Table.ScrollContainer minWidth={640} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'Pods' }}>
          <Table verticalSpacing={6}>
            <Heads of={['Pod', 'Node', 'State', 'Why', '']} />
            <Table.Tbody>
              {pods.map((pod) => (
                <Table.Tr key={pod.uid}>
                  <Table.Td>{pod.name}</Table.Td>
                  <Table.Td>{pod.node}</Table.Td>
                  <Table.Td>
                    <VerdictBadge verdict={pod.quarantine === null ? pod.verdict : 'Quarantined'} />
                  </Table.Td>
                  <Table.Td>
                    <PodWords pod={pod} />
                  </Table.Td>
                  <Table.Td ta="right">
                    {acts ? <PodButton pod={pod} podKey={keyOf(pod)} begin={begin} onForm={setForm} /> : null}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Paper>
  );
}

function PodWords({ pod: { quarantine, reason, message } }: { readonly pod: WorkloadPod }) {
  if (quarantine === null) return <Text size="sm">{message === '' ? reason : message}</Text>;
  const { until, actor, reason: why } = quarantine;
  const end = until === '' ? '' : `until ${timeText(Date.parse(until))}, by ${actor}: `;
  return <HostileText text={`${end}${why}`} />;
}

function PodButton({
  pod,
  podKey,
  begin,
  onForm,
}: {
  readonly pod: WorkloadPod;
  readonly podKey: string;
  readonly begin: Begin;
  readonly onForm: (pod: WorkloadPod) => void;
}) {
  if (pod.quarantine === null)
    return (
      <Button size="compact-sm" variant="default" onClick={() => onForm(pod)}>
        Quarantine…
      </Button>
    );
  const change = { kind: 'release', pod: podKey, uid: pod.uid } as const;
  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => begin({ title: `End of the quarantine of ${podKey}`, change })}
    >
      Let go
    </Button>
  );
}

function Settings({ settings }: Pick<Story, 'settings'>) {
  if (settings.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={3} size="h5" mb="xs">
        Settings in force, and who says them
      </Title>
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {settings.map(({ path, value, from }) => (
            <Table.Tr key={path}>
              <Table.Th scope="row">{path}</Table.Th>
              <Table.Td>
                <HostileText text={value} />
              </Table.Td>
              <Table.Td>{from.join(', ')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

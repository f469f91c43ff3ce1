/** Activity > Alerts: what fires, who has it, who is told, and what each alert looks for. */
import { Badge, Button, Group, Menu, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { AskError, ask, type Failure } from '../ask.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';
import { useUser } from '../session.tsx';
import { AlertPreview } from './alert-preview.tsx';
import { AlertRules, type Definition } from './alert-rules.tsx';

type Key = Readonly<Record<string, string | number | boolean>>;

interface End {
  readonly ip: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
  readonly owner: string | null;
}

interface Instance {
  readonly alert: string;
  readonly key: Key;
  readonly state: 'firing' | 'acknowledged' | 'silenced' | 'resolved';
  readonly count: number;
  readonly firedAt: string;
  readonly seenAt: string;
  readonly acknowledgedBy: string | null;
  readonly silencedUntil: string | null;
  readonly sample: {
    readonly event: string | null;
    readonly rules: readonly string[];
    readonly source: End;
    readonly destination: End;
  } | null;
}

interface AlertsAnswer {
  readonly alerts: readonly Definition[];
  readonly instances: readonly Instance[];
  readonly faults: readonly string[];
}

interface Delivery {
  readonly alert: string;
  readonly told: string;
  readonly target: string;
  readonly state: string;
  readonly attempts: number;
  readonly at: string;
  readonly status: number | null;
  readonly reason: string;
}

const COLORS = {
  firing: 'red.9',
  acknowledged: '#9a3412',
  silenced: 'gray.7',
  resolved: '#1b6a2d',
} as const;

const SILENCES = [
  { label: 'for an hour', seconds: 3_600 },
  { label: 'for a day', seconds: 86_400 },
  { label: 'for a week', seconds: 604_800 },
];

export function Alerts() {
  const { namespaces } = useUser();
  const answer = useAnswer('alerts', (signal) => ask<AlertsAnswer>('/v1/alerts', { signal }));
  const [failure, setFailure] = useState<Failure | null>(null);
  const act = (path: string, body: unknown): void => {
    setFailure(null);
    ask(path, { method: 'POST', body }).then(answer.again, (error: unknown) =>
      setFailure(error instanceof AskError ? error.failure : null),
    );
  };
  const rules = (alerts: readonly Definition[], faults: readonly string[]) => (
    <AlertRules
      {...{ alerts, faults }}
      again={answer.again}
      actions={(name) => <Actions alert={name} act={act} acknowledged={false} />}
    />
  );
  return (
    <Stack>
      <Group justify="space-between">
        <div>
          <Text size="sm" c="dimmed">
            Activity
          </Text>
          <Title order={2}>Alerts</Title>
        </div>
        <Button variant="default" onClick={answer.again}>
          Look again
        </Button>
      </Group>
      {failure === null ? null : <FailureNote failure={failure} />}
      <Tabs defaultValue="instances" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="instances">What fires</Tabs.Tab>
          <Tabs.Tab value="over">What is over</Tabs.Tab>
          <Tabs.Tab value="rules">Rules</Tabs.Tab>
          <Tabs.Tab value="deliveries">Deliveries</Tabs.Tab>
          <Tabs.Tab value="preview">New rule</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="instances" pt="sm">
          <Answered answer={answer}>
            {({ instances }) => <Instances instances={instances} act={act} />}
          </Answered>
        </Tabs.Panel>
        <Tabs.Panel value="over" pt="sm">
          <Answered answer={answer}>{({ alerts }) => <Over alerts={alerts} />}</Answered>
        </Tabs.Panel>
        <Tabs.Panel value="rules" pt="sm">
          {namespaces === null ? (
            <Answered answer={answer}>{({ alerts, faults }) => rules(alerts, faults)}</Answered>
          ) : (
            rules([], [])
          )}
        </Tabs.Panel>
        <Tabs.Panel value="deliveries" pt="sm">
          <Deliveries />
        </Tabs.Panel>
        <Tabs.Panel value="preview" pt="sm">
          <AlertPreview onSaved={answer.again} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

type Act = (path: string, body: unknown) => void;

const nameOf = ({ namespace, owner, pod, ip }: End): string =>
  [namespace, owner ?? pod ?? ip].filter((part) => part !== null).join('/') || 'unknown';

const OVER_MAX = 100;

/** What fired once and is resolved, the newest first. */
function Over({ alerts }: { readonly alerts: readonly Definition[] }) {
  const names = alerts.map(({ name }) => name);
  const answer = useAnswer(`over ${JSON.stringify(names)}`, async (signal) => {
    const all = await Promise.all(
      names.map((name) =>
        ask<{ readonly instances: readonly Instance[] }>(`/v1/alerts/one/${encodeURIComponent(name)}`, {
          signal,
        }),
      ),
    );
    return all
      .flatMap(({ instances }) => instances.filter(({ state }) => state === 'resolved'))
      .sort((a, b) => (a.seenAt < b.seenAt ? 1 : -1))
      .slice(0, OVER_MAX);
  });
  return (
    <Answered answer={answer}>
      {(instances) => <Instances instances={instances} none="Nothing is over yet." />}
    </Answered>
  );
}

/** @param act absent: nothing can be done any more */
function Instances({
  instances,
  act,
  none = 'Nothing fires.',
}: {
  readonly instances: readonly Instance[];
  readonly act?: Act;
  readonly none?: string;
}) {
  if (instances.length === 0) return <Text c="dimmed">{none}</Text>;
  return (
    <Table.ScrollContainer minWidth={760} scrollAreaProps={{ tabIndex: 0, 'aria-label': 'What fires' }}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {['State', 'Alert', 'About', 'Events', 'Since', ''].map((head) => (
              <Table.Th key={head} aria-label={head === '' ? 'Actions' : undefined}>
                {head}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {instances.map((instance) => (
            <InstanceRow
              key={JSON.stringify([instance.alert, instance.key])}
              instance={instance}
              {...(act === undefined ? {} : { act })}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function InstanceRow({ instance, act }: { readonly instance: Instance; readonly act?: Act }) {
  const { alert, key, state, sample } = instance;
  return (
    <Table.Tr>
      <Table.Td>
        <Badge color={COLORS[state]} style={{ textTransform: 'none', minWidth: 'max-content' }}>
          {state}
        </Badge>
        {instance.acknowledgedBy === null ? null : (
          <Text size="xs" c="dimmed">
            by {instance.acknowledgedBy}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <HostileText text={alert} />
      </Table.Td>
      <Table.Td>
        {Object.entries(key).map(([field, value]) => (
          <div key={field}>
            <HostileText text={`${field}: ${String(value)}`} />
          </div>
        ))}
        {sample === null ? null : (
          <Text size="sm" component="div">
            <HostileText text={nameOf(sample.source)} /> → <HostileText text={nameOf(sample.destination)} />{' '}
            {sample.event === null ? null : (
              <Link href={`/events/waf/${encodeURIComponent(sample.event)}`}>newest event</Link>
            )}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{instance.count.toLocaleString()}</Table.Td>
      <Table.Td>{timeText(Date.parse(instance.firedAt))}</Table.Td>
      <Table.Td>
        {act === undefined ? null : (
          <Actions alert={alert} keyOf={key} act={act} acknowledged={instance.acknowledgedBy !== null} />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Actions({
  alert,
  keyOf,
  act,
  acknowledged,
}: {
  readonly alert: string;
  readonly keyOf?: Key;
  readonly act: Act;
  readonly acknowledged: boolean;
}) {
  const { role } = useUser();
  if (role === 'viewer') return null;
  const meant = { alert, ...(keyOf === undefined ? {} : { key: keyOf }), by: 'console' };
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {keyOf === undefined ? null : (
        <Button
          size="compact-sm"
          variant="default"
          disabled={acknowledged}
          onClick={() => act('/v1/alerts/acknowledge', meant)}
        >
          Acknowledge
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <Button size="compact-sm" variant="default">
            Silence
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {SILENCES.map(({ label, seconds }) => (
            <Menu.Item key={seconds} onClick={() => act('/v1/alerts/silence', { ...meant, seconds })}>
              {label}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => act('/v1/alerts/silence', { ...meant, seconds: 0 })}>no more</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

function Deliveries() {
  const answer = useAnswer('deliveries', (signal) =>
    ask<{ readonly deliveries: readonly Delivery[] }>('/v1/alerts/deliveries', { signal }),
  );
  return (
    <Answered answer={answer}>
      {({ deliveries }) =>
        deliveries.length === 0 ? (
          <Text c="dimmed">Nobody has been told anything yet.</Text>
        ) : (
          <Table>
            <Table.Thead>
              <Table.Tr>
                {['Time', 'Alert', 'Told', 'To', 'State', 'Attempts', 'Answer'].map((head) => (
                  <Table.Th key={head}>{head}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {deliveries.map((delivery, line) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines of a log have no name
                <Table.Tr key={`${delivery.at} ${line}`}>
                  <Table.Td>{timeText(Date.parse(delivery.at))}</Table.Td>
                  <Table.Td>
                    <HostileText text={delivery.alert} />
                  </Table.Td>
                  <Table.Td>{delivery.told}</Table.Td>
                  <Table.Td>{delivery.target}</Table.Td>
                  <Table.Td>{delivery.state}</Table.Td>
                  <Table.Td>{delivery.attempts}</Table.Td>
                  <Table.Td>
                    <HostileText text={`${delivery.status ?? ''} ${delivery.reason}`.trim()} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )
      }
    </Answered>
  );
}

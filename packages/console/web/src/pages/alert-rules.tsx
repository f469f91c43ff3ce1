/** Alerts > Rules: what each looks for and how it fares, as it is written, and by whom it can be changed. */
import { Badge, Button, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ALERT_DESK, type AlertRule, type AlertRulesAnswer, nameOf } from '../alert-rules.ts';
import { ask } from '../ask.ts';
import { AlertEditor } from '../parts/alert-editor.tsx';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { ChangePanel } from '../parts/change-panel.tsx';
import { DoneNote } from '../parts/done-note.tsx';
import { HostileText, visible } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';

/** As it is in force. */
export interface Definition {
  readonly name: string;
  readonly severity: number;
  readonly dataSet: string;
  readonly summary: string;
  readonly query: string;
  readonly periodSeconds: number;
  readonly lookbackSeconds: number;
  readonly firing: number;
  readonly status: {
    readonly healthy: boolean;
    readonly lastExecuted: string | null;
    readonly errorConditions: readonly { readonly message: string }[];
  } | null;
  readonly silence: { readonly until: string; readonly by: string } | null;
}

interface RulesProps {
  /** None of who sees some namespaces only. */
  readonly alerts: readonly Definition[];
  readonly faults: readonly string[];
  /** Buttons of an alert that is in force. */
  readonly actions: (name: string) => ReactNode;
  readonly again: () => void;
}

type Asked = { readonly kind: 'edit' | 'remove'; readonly rule: AlertRule } | null;

export function AlertRules({ alerts, faults, actions, again }: RulesProps) {
  const written = useAnswer('alert rules', (signal) => ask<AlertRulesAnswer>('/api/alert-rules', { signal }));
  const [asked, setAsked] = useState<Asked>(null);
  const [done, setDone] = useState<readonly string[]>([]);
  const finish = (sentences: readonly string[]): void => {
    setDone(sentences);
    setAsked(null);
    written.again();
    again();
  };
  const begin = (next: Asked): void => {
    setDone([]);
    setAsked(next);
  };
  return (
    <Stack>
      {faults.map((fault) => (
        <HostileText key={fault} text={fault} c="red" />
      ))}
      <DoneNote done={done} />
      <Answered answer={written}>
        {({ rules, places }) => {
          const others = rules.filter((rule) => !alerts.some(({ name }) => name === nameOf(rule)));
          return (
            <>
              {asked === null ? null : (
                <Changing
                  asked={asked}
                  places={places}
                  onDone={finish}
                  onCancel={() => setAsked(null)}
                  key={`${asked.kind} ${nameOf(asked.rule)}`}
                />
              )}
              {alerts.map((alert) => (
                <Paper withBorder p="sm" key={alert.name}>
                  <InForce alert={alert} actions={actions(alert.name)} />
                  <Written rule={rules.find((rule) => nameOf(rule) === alert.name)} begin={begin} />
                </Paper>
              ))}
              {others.map((rule) => (
                <Paper withBorder p="sm" key={`${rule.place} ${rule.source} ${nameOf(rule)}`}>
                  <Title order={3} size="h5">
                    {nameOf(rule)}
                  </Title>
                  <Code block mt="xs" tabIndex={0} aria-label={`The alert ${nameOf(rule)}`}>
                    {rule.text.split('\n').map(visible).join('\n')}
                  </Code>
                  <Written rule={rule} begin={begin} />
                </Paper>
              ))}
              {alerts.length + others.length === 0 ? <Text c="dimmed">There are no alerts.</Text> : null}
            </>
          );
        }}
      </Answered>
    </Stack>
  );
}

function Changing({
  asked,
  places,
  onDone,
  onCancel,
}: {
  readonly asked: NonNullable<Asked>;
  readonly places: AlertRulesAnswer['places'];
  readonly onDone: (done: readonly string[]) => void;
  readonly onCancel: () => void;
}) {
  const { kind, rule } = asked;
  if (kind === 'edit') return <AlertEditor text={rule.text} {...{ places, rule, onDone, onCancel }} />;
  const { place, namespace, name } = rule;
  return (
    <ChangePanel
      title={`Removal of ${nameOf(rule)}`}
      desk={ALERT_DESK}
      change={{ kind: 'remove', place, namespace, name }}
      {...{ onDone, onCancel }}
    />
  );
}

function InForce({ alert, actions }: { readonly alert: Definition; readonly actions: ReactNode }) {
  const { name, severity, dataSet, summary, query, status, silence } = alert;
  return (
    <>
      <Group justify="space-between">
        <Group>
          <Title order={3} size="h5">
            {name}
          </Title>
          <Badge variant="default">severity {severity}</Badge>
          {alert.firing > 0 ? <Badge color="red.9">{alert.firing} firing</Badge> : null}
          {status?.healthy === false ? <Badge color="red.9">fails</Badge> : null}
          {silence === null ? null : (
            <Badge color="gray.7">silenced until {timeText(Date.parse(silence.until))}</Badge>
          )}
        </Group>
        {actions}
      </Group>
      <HostileText text={summary} />
      <Code block mt="xs" tabIndex={0}>
        {`${dataSet}: ${query === '' ? '(everything)' : query}`}
      </Code>
      <Text size="sm" c="dimmed" mt="xs">
        Every {alert.periodSeconds} s over {alert.lookbackSeconds} s
        {status?.lastExecuted ? `, last ${timeText(Date.parse(status.lastExecuted))}` : ''}
      </Text>
      {status?.errorConditions.map(({ message }) => (
        <HostileText key={message} text={message} c="red" />
      ))}
    </>
  );
}

/** Where it is written, and what can be done to it there. */
function Written({
  rule,
  begin,
}: {
  readonly rule: AlertRule | undefined;
  readonly begin: (asked: Asked) => void;
}) {
  if (rule === undefined) return null;
  const { source, refused, acts } = rule;
  return (
    <Group justify="space-between" mt="xs">
      <HostileText text={refused === '' ? source : `${source}: not changed here, as ${refused}`} />
      {refused !== '' || !acts ? null : (
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => begin({ kind: 'edit', rule })}>
            Edit…
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => begin({ kind: 'remove', rule })}>
            Remove…
          </Button>
        </Group>
      )}
    </Group>
  );
}

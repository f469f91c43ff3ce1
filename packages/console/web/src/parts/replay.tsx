/** A stored request, judged by the policies of now: what it would be, and how far what is stored allows to say it. */
import { Alert, Badge, Button, Group, List, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { type ReplayAnswer, type ReplayedTarget, replay } from '../policies.ts';
import { useAct } from './act.ts';
import { FailureNote } from './answer.tsx';
import { HostileText, visible } from './hostile-text.tsx';
import { MarkedText } from './marked-text.tsx';

export function Replay({ id }: { readonly id: string }) {
  const { busy, failure, run } = useAct();
  const [found, setFound] = useState<ReplayAnswer | null>(null);
  return (
    <Paper withBorder p="sm">
      <Stack gap="xs" align="flex-start">
        <Group>
          <Title order={3} size="h5">
            By the policies of now
          </Title>
          <Button
            size="compact-sm"
            variant="default"
            loading={busy}
            onClick={() => run(replay(id), setFound)}
          >
            Replay
          </Button>
        </Group>
        {failure === null ? null : <FailureNote failure={failure} />}
        {found === null ? (
          <Text size="sm" c="dimmed">
            Judges what is stored of the request once more. Nothing is sent to the workload.
          </Text>
        ) : (
          <Found found={found} />
        )}
      </Stack>
    </Paper>
  );
}

function Found({ found }: { readonly found: ReplayAnswer }) {
  const { now, before, lost, missing, excluded, exact } = found;
  const fate = now.blocks ? (now.mode === 'Block' ? 'It is blocked' : 'Block would stop it') : 'It passes';
  return (
    <Stack gap="xs" role="status" w="100%">
      <Group gap="xs">
        <Badge color={now.blocks ? 'red.9' : 'teal.9'} style={{ textTransform: 'none' }}>
          {exact ? fate : `${fate}, as far as is stored`}
        </Badge>
        <Text size="sm">
          score {now.score}, threshold {now.threshold}, mode {now.mode}, policy{' '}
          <HostileText text={before.policy} />; it was {before.score}
        </Text>
      </Group>
      {exact ? null : (
        <Alert variant="default" title="This is no proof">
          <List size="sm">
            {lost.map((each) => (
              <List.Item key={each}>{each}</List.Item>
            ))}
            {missing.map(({ rule, target }) => (
              <List.Item key={`${rule} ${target}`}>
                rule <HostileText text={rule} /> matched in <HostileText text={target} /> then, and is not
                found again: what it matched is not stored, or the rule has changed
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        Stored are method, address, host, user agent and referer; other headers, cookies and bodies are not.
      </Text>
      {now.notes.map((note) => (
        <Text size="sm" key={note}>
          {note}
        </Text>
      ))}
      {excluded.map(({ rule, target }) => (
        <Text size="sm" key={`${rule} ${target}`}>
          excluded by now: rule <HostileText text={rule} /> in <HostileText text={target} />
        </Text>
      ))}
      {now.rules.map((rule, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rule may match more than once, in an order that stays
        <Rule key={`${rule.id} ${line}`} rule={rule} />
      ))}
    </Stack>
  );
}

function Rule({
  rule: { id, message, score, targets, targetsLeftOut = 0 },
}: {
  readonly rule: ReplayAnswer['now']['rules'][number];
}) {
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Link href={`/rules/${id}`}>{id}</Link>
        <HostileText text={message} />
        {score > 0 ? <Badge color="red.9">+{score}</Badge> : null}
      </Group>
      {targets.map((target, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a variable may match more than once, in an order that stays
        <Steps key={`${target.variable} ${line}`} target={target} />
      ))}
      {targetsLeftOut === 0 ? null : (
        <Text size="xs" pl="md">
          and {targetsLeftOut} more
        </Text>
      )}
    </Stack>
  );
}

/** From the value as it was sent to the one that matched. */
function Steps({ target: { variable, sent, steps, value } }: { readonly target: ReplayedTarget }) {
  const rows = [
    ...(sent === null || steps.length === 0 ? [] : [{ name: 'as sent', text: sent }]),
    ...steps.slice(0, -1).map((step) => ({ name: step.transformation, text: step.value })),
  ];
  const last = steps.at(-1)?.transformation;
  return (
    <Stack gap={2} pl="md">
      <HostileText text={variable} c="dimmed" />
      <List size="sm" pl="md" type="ordered" aria-label={`Steps of ${visible(variable)}`}>
        {rows.map(({ name, text }, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a transformation may come twice, in an order that stays
          <List.Item key={`${name} ${line}`}>
            {name}: <HostileText text={text} />
          </List.Item>
        ))}
        <List.Item>
          {last === undefined ? 'matched' : `${last}, matched`}: <MarkedText pieces={value} />
        </List.Item>
      </List>
    </Stack>
  );
}

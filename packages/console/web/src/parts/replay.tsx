/** A stored request, judged by the policies of now: what it would be, and how far what is stored allows to say it. */
import { Alert, Badge, Button, Group, List, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { type ReplayAnswer, replay } from '../policies.ts';
import { useAct } from './act.ts';
import { FailureNote } from './answer.tsx';
import { HostileText } from './hostile-text.tsx';

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
      {now.rules.map(({ id, message, score }, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rule may match more than once, in an order that stays
        <Group key={`${id} ${line}`} gap="xs">
          <Link href={`/rules/${id}`}>{id}</Link>
          <HostileText text={message} />
          {score > 0 ? <Badge color="red.9">+{score}</Badge> : null}
        </Group>
      ))}
    </Stack>
  );
}

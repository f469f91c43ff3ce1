/** Moves from Detect to Block: where they are, how they ended, and how one begins and is stopped. */
import {
  Badge,
  Button,
  Group,
  List,
  NumberInput,
  Paper,
  Stack,
  TagsInput,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { useAct } from '../parts/act.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';
import { beginMove, listMoves, type MovePlan, type MovesAnswer, stopMove } from '../policies.ts';
import { useUser } from '../session.tsx';

export function Moves({ policy }: { readonly policy: string }) {
  const user = useUser();
  const answer = useAnswer('moves', listMoves);
  const { busy, failure, run } = useAct();
  const [notice, setNotice] = useState<string | null>(null);
  const act = (asked: Promise<MovesAnswer>): void =>
    run(asked, ({ notice: told }) => {
      setNotice(told);
      answer.again();
    });
  const may = user.role !== 'viewer';
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          Moves
        </Title>
        <Button size="compact-sm" variant="default" onClick={answer.again}>
          Look again
        </Button>
      </Group>
      {failure === null ? null : <FailureNote failure={failure} />}
      {notice === null ? null : (
        <Text role="status">Written; whether a server has it cannot be told: {notice}</Text>
      )}
      <Answered answer={answer}>
        {({ file, moves }) =>
          file === null ? (
            <Text>
              The hub does not know the policies (console.policies). sluice promote move does it on the
              command line.
            </Text>
          ) : (
            <Stack>
              {moves.map((plan) => (
                <Plan key={plan.policy} plan={plan} may={may} act={act} />
              ))}
              {may &&
              policy !== '' &&
              !moves.some((plan) => plan.policy === policy && plan.state === 'moving') ? (
                <Begin policy={policy} busy={busy} act={act} />
              ) : null}
            </Stack>
          )
        }
      </Answered>
    </Paper>
  );
}

type Act = (asked: Promise<MovesAnswer>) => void;

const COLORS = { moving: 'blue.9', done: 'teal.9', 'fallen back': 'red.9', stopped: 'gray.7' } as const;

function stageText(stage: MovePlan['stages'][number]): string {
  if (stage.kind === 'route') return `Block at ${stage.paths.join(', ')}`;
  return stage.kind === 'percentage' ? `Block for ${stage.percent} % of clients` : 'Block for all';
}

function Plan({ plan, may, act }: { readonly plan: MovePlan; readonly may: boolean; readonly act: Act }) {
  const { policy, state, stages, stage, since, history } = plan;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <HostileText text={policy} fw={700} />
        <Badge color={COLORS[state]} style={{ textTransform: 'none' }}>
          {state === 'fallen back' && since === null ? 'falls back: not yet in force' : state}
        </Badge>
      </Group>
      <List type="ordered" size="sm">
        {stages.map((each, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: stages have no name, and their order stays
          <List.Item key={at} fw={at === stage ? 700 : undefined}>
            <HostileText text={stageText(each)} />
            {at === stage && state === 'moving'
              ? since === null
                ? ': not yet in force'
                : `: since ${timeText(Date.parse(since))}`
              : ''}
          </List.Item>
        ))}
      </List>
      {history.map(({ at, says }, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no name, and their order stays
        <Text size="sm" key={`${at} ${line}`}>
          {timeText(Date.parse(at))} <HostileText text={says} />
        </Text>
      ))}
      {may && state === 'moving' ? <Stop policy={policy} act={act} /> : null}
    </Stack>
  );
}

function Stop({ policy, act }: { readonly policy: string; readonly act: Act }) {
  const [typed, setTyped] = useState('');
  return (
    <Group align="flex-end">
      <Button variant="default" onClick={() => act(stopMove({ policy, back: false, confirm: '' }))}>
        Stop where it is
      </Button>
      <TextInput
        label={`Type ${policy} to go back to Detect: nothing is blocked then`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
      />
      <Button
        color="red.9"
        disabled={typed !== policy}
        onClick={() => act(stopMove({ policy, back: true, confirm: typed }))}
      >
        Back to Detect
      </Button>
    </Group>
  );
}

function Begin({
  policy,
  busy,
  act,
}: {
  readonly policy: string;
  readonly busy: boolean;
  readonly act: Act;
}) {
  const [paths, setPaths] = useState<string[]>([]);
  const [percents, setPercents] = useState<string[]>(['10', '50']);
  const [holdMinutes, setHold] = useState(60);
  const [tolerated, setTolerated] = useState(0);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    act(beginMove({ policy, paths, percents: percents.map(Number), holdMinutes, tolerated }));
  };
  return (
    <form onSubmit={submit} method="post">
      <Stack maw={640}>
        <Text>
          Move <HostileText text={policy} /> to Block in stages. Where requests that look like false positives
          are stopped, or would be, it falls back to Detect by itself.
        </Text>
        <TagsInput
          label="First at these paths"
          description="/checkout, /api/*; none: no such stage"
          value={paths}
          onChange={setPaths}
        />
        <TagsInput label="Then for so many of a hundred clients" value={percents} onChange={setPercents} />
        <Group grow>
          <NumberInput
            label="Each stage holds, minutes"
            min={1}
            value={holdMinutes}
            onChange={(value) => setHold(Number(value) || 1)}
          />
          <NumberInput
            label="Put up with so many requests"
            min={0}
            value={tolerated}
            onChange={(value) => setTolerated(Number(value) || 0)}
          />
        </Group>
        <Button type="submit" loading={busy} w="fit-content">
          Begin the move
        </Button>
      </Stack>
    </form>
  );
}

/** The way of a WAFPolicy to Block, a stage at a time: each is a change of the cluster that is shown first. */
import { Button, Group, NumberInput, Paper, Stack, TagsInput, Text, Title } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { ChangePanel } from '../parts/change-panel.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { type Change, WORKLOAD_DESK } from '../workloads.ts';

interface Asked {
  readonly title: string;
  readonly change: Change;
}

type Stage = Pick<Extract<Change, { readonly kind: 'stage' }>, 'mode' | 'staged'>;

export function Stages({ policy }: { readonly policy: string }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const [done, setDone] = useState<readonly string[]>([]);
  const ask = (title: string, more: Stage): void => {
    setDone([]);
    setAsked({ title, change: { kind: 'stage', policy, ...more } });
  };
  return (
    <Paper withBorder p="sm">
      <Stack>
        <Title order={3} size="h5">
          Stages
        </Title>
        <Text>
          How far <HostileText text={policy} /> blocks. Each stage is made in your name once it was shown.
          Nobody goes back by itself from here: sluice promote move --cluster looks after a move and falls
          back.
        </Text>
        {done.length === 0 ? null : <Text role="status">{done.join(' ')}</Text>}
        {asked === null ? null : (
          <ChangePanel
            key={JSON.stringify(asked)}
            {...asked}
            desk={WORKLOAD_DESK}
            onDone={(sentences) => {
              setDone(sentences);
              setAsked(null);
            }}
            onCancel={() => setAsked(null)}
          />
        )}
        <StageForm onAsk={ask} />
      </Stack>
    </Paper>
  );
}

function StageForm({ onAsk }: { readonly onAsk: (title: string, stage: Stage) => void }) {
  const [paths, setPaths] = useState<string[]>([]);
  const [percent, setPercent] = useState(10);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onAsk('Block for some', { mode: 'Detect', staged: { paths, percent } });
  };
  return (
    <form onSubmit={submit} method="post">
      <Stack maw={640}>
        <TagsInput
          label="Block at these paths"
          description="/checkout, /api/*; none: at no path as a whole"
          value={paths}
          onChange={setPaths}
        />
        <NumberInput
          label="And for so many of a hundred clients"
          min={0}
          max={99}
          value={percent}
          onChange={(value) => setPercent(Number(value) || 0)}
        />
        <Group>
          <Button type="submit" variant="default">
            Show this stage
          </Button>
          <Button variant="default" onClick={() => onAsk('Block for all', { mode: 'Block', staged: null })}>
            Block for all…
          </Button>
          <Button variant="default" onClick={() => onAsk('Back to Detect', { mode: 'Detect', staged: null })}>
            Back to Detect…
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

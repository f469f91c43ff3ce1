/** Why a pod is cut off, and how long. */
import { Button, Checkbox, Group, Paper, Select, Stack, Text, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';

const TIMES = [
  { value: '900', label: '15 minutes' },
  { value: '3600', label: 'an hour' },
  { value: '21600', label: '6 hours' },
  { value: '86400', label: 'a day' },
];

const REASON_CHARACTERS_MAX = 512;

interface Wanted {
  readonly reason: string;
  readonly seconds: number;
  readonly force: boolean;
}

export function QuarantineForm({
  pod,
  onAsk,
  onCancel,
}: {
  readonly pod: string;
  readonly onAsk: (wanted: Wanted) => void;
  readonly onCancel: () => void;
}) {
  const [seconds, setSeconds] = useState('3600');
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    onAsk({
      reason: String(given.get('reason')),
      seconds: Number(seconds),
      force: given.get('force') === 'on',
    });
  };
  return (
    <Paper withBorder p="md" mb="md">
      <form onSubmit={submit} method="post">
        <Stack>
          <Text size="sm">
            Nothing reaches {pod}, and it reaches nothing, until it is let go or the time is over.
          </Text>
          <Group grow align="flex-start">
            <TextInput name="reason" label="Reason" required maxLength={REASON_CHARACTERS_MAX} />
            <Select
              label="For"
              data={TIMES}
              value={seconds}
              allowDeselect={false}
              onChange={(value) => setSeconds(value ?? '3600')}
            />
          </Group>
          <Checkbox name="force" label="Also where it is the last ready pod of its workload: an outage" />
          <Group>
            <Button type="submit">Show what it does</Button>
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

/** An alert as a text that is looked at, and then saved: a new one, or one that is there. */
import { Button, Group, Paper, Select, Stack, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { ALERT_DESK, type AlertChange, type AlertPlace, type AlertRule, nameOf } from '../alert-rules.ts';
import { ChangePanel } from './change-panel.tsx';

const PLACES: Readonly<Record<AlertPlace, string>> = {
  folder: "the hub's folder",
  cluster: 'the cluster',
};

interface EditorProps {
  readonly text: string;
  /** Where it can be saved: one at least. */
  readonly places: readonly AlertPlace[];
  /** Null: a new one. */
  readonly rule: AlertRule | null;
  readonly onDone: (done: readonly string[]) => void;
  readonly onCancel: () => void;
}

export function AlertEditor({ text: given, places, rule, onDone, onCancel }: EditorProps) {
  const [text, setText] = useState(given);
  const [place, setPlace] = useState<AlertPlace>(rule?.place ?? places[0] ?? 'folder');
  const [change, setChange] = useState<AlertChange | null>(null);
  const of = rule === null ? null : { namespace: rule.namespace, name: rule.name };
  const title = rule === null ? 'New alert' : `Alert ${nameOf(rule)}`;
  return (
    <Stack>
      <Paper withBorder p="md" component="section" aria-label={title}>
        <Stack gap="sm">
          <Title order={3} size="h5">
            {title}
          </Title>
          {rule !== null || places.length < 2 ? null : (
            <Select
              label="Save it in"
              data={places.map((value) => ({ value, label: PLACES[value] }))}
              value={place}
              allowDeselect={false}
              onChange={(value) => setPlace(value === 'cluster' ? 'cluster' : 'folder')}
            />
          )}
          <Textarea
            label="YAML"
            value={text}
            ff="monospace"
            autosize
            minRows={8}
            maxRows={40}
            spellCheck={false}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Group>
            <Button onClick={() => setChange({ kind: 'save', place, text, of })}>Look at the change</Button>
            <Button variant="default" onClick={onCancel}>
              Close
            </Button>
          </Group>
        </Stack>
      </Paper>
      {change === null ? null : (
        <ChangePanel
          key={JSON.stringify(change)}
          title={`Saving to ${PLACES[change.place]}`}
          desk={ALERT_DESK}
          change={change}
          onDone={onDone}
          onCancel={() => setChange(null)}
        />
      )}
    </Stack>
  );
}

/** A new alert: when it would have fired, and what is to be put where. */
import {
  Button,
  Code,
  Group,
  NumberInput,
  Select,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type SyntheticEvent, useRef, useState } from 'react';
import type { AlertRulesAnswer } from '../alert-rules.ts';
import { ask } from '../ask.ts';
import { useAct } from '../parts/act.ts';
import { AlertEditor } from '../parts/alert-editor.tsx';
import { FailureNote, useAnswer } from '../parts/answer.tsx';
import { DoneNote } from '../parts/done-note.tsx';
import { HostileText, visible } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';
import { useUser } from '../session.tsx';

interface Preview {
  readonly from: string;
  readonly to: string;
  readonly evaluations: number;
  readonly firings: number;
  readonly shown: readonly { readonly firedAt: string; readonly summary: string; readonly count: number }[];
}

const DATA_SETS = [
  { value: 'waf', label: 'waf: events' },
  { value: 'l7', label: 'l7: traffic' },
];

type Spec = Readonly<Record<string, unknown>>;

/** What the form says of an alert. */
function readForm(form: HTMLFormElement, dataSet: string, threshold: number) {
  const fields = Object.fromEntries(new FormData(form));
  const { name, query, summary, period } = fields;
  const namespace = String(fields.namespace ?? '');
  const spec: Spec = {
    ...{ summary, description: summary, query, dataSet, severity: 60, period, lookback: period },
    ...(threshold > 0 ? { metric: 'count', condition: 'gt', threshold } : {}),
  };
  return { spec, namespace, file: alertFile(String(name), namespace, spec) };
}

/** @param onSaved there is another alert now */
export function AlertPreview({ onSaved }: { readonly onSaved: () => void }) {
  const { namespaces } = useUser();
  const written = useAnswer('alert places', (signal) =>
    ask<AlertRulesAnswer>('/api/alert-rules', { signal }),
  );
  const form = useRef<HTMLFormElement>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const [done, setDone] = useState<readonly string[]>([]);
  const [dataSet, setDataSet] = useState('waf');
  const [threshold, setThreshold] = useState(0);
  const [shown, setShown] = useState<{ readonly preview: Preview; readonly file: string } | null>(null);
  const { busy, failure, run } = useAct();
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { spec, namespace, file } = readForm(event.currentTarget, dataSet, threshold);
    const body = { spec, ...(namespace === '' ? {} : { namespace }) };
    run(ask<Preview>('/v1/alerts/preview', { method: 'POST', body }), (preview) =>
      setShown({ preview, file }),
    );
  };
  const save = (): void => {
    setDone([]);
    if (form.current?.reportValidity() === true) setEditing(readForm(form.current, dataSet, threshold).file);
  };
  const finish = (sentences: readonly string[]): void => {
    setDone(sentences);
    setEditing(null);
    onSaved();
  };
  const { places = [], acts = false } = written.data ?? {};
  return (
    <Stack maw={760}>
      <form onSubmit={submit} method="post" ref={form}>
        <Stack>
          <Fields
            {...{ dataSet, setDataSet, threshold, setThreshold }}
            needsNamespace={namespaces !== null}
          />
          <Group>
            {namespaces === null ? (
              <Button type="submit" loading={busy}>
                When would it have fired?
              </Button>
            ) : null}
            {places.length > 0 && acts ? (
              <Button variant="default" onClick={save}>
                Save…
              </Button>
            ) : null}
          </Group>
        </Stack>
      </form>
      <DoneNote done={done} />
      {failure === null ? null : <FailureNote failure={failure} />}
      {editing === null ? null : (
        <AlertEditor
          key={editing}
          text={editing}
          places={places}
          rule={null}
          onDone={finish}
          onCancel={() => setEditing(null)}
        />
      )}
      {shown === null || failure !== null ? null : <Firings preview={shown.preview} />}
      {shown === null || places.length > 0 ? null : <Saving file={shown.file} />}
    </Stack>
  );
}

interface FieldsProps {
  readonly dataSet: string;
  readonly setDataSet: (dataSet: string) => void;
  readonly threshold: number;
  readonly setThreshold: (threshold: number) => void;
  readonly needsNamespace: boolean;
}

function Fields({ dataSet, setDataSet, threshold, setThreshold, needsNamespace }: FieldsProps) {
  return (
    <>
      <TextInput
        name="name"
        label="Name"
        defaultValue="blocked-requests"
        pattern="[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
        title="small letters, digits, - and ."
        required
      />
      <TextInput
        name="namespace"
        label="Namespace"
        description="It sees requests to this namespace and from it; without one, everything. In a cluster each has one."
        pattern="[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
        title="small letters, digits and -"
        required={needsNamespace}
      />
      <TextInput
        name="summary"
        label="Summary"
        defaultValue="Requests that are, or would be, blocked"
        required
      />
      <Select
        label="Documents"
        data={DATA_SETS}
        value={dataSet}
        allowDeselect={false}
        onChange={(value) => setDataSet(value ?? 'waf')}
      />
      <Textarea name="query" label="Query" defaultValue="waf.would_block = true" ff="monospace" autosize />
      <TextInput name="period" label="Every" defaultValue="10m" required />
      <NumberInput
        label="More than"
        min={0}
        value={threshold}
        onChange={(value) => setThreshold(Number(value) || 0)}
      />
    </>
  );
}

/** An alert as a file: what is JSON is YAML too, whatever stands in a text. */
function alertFile(name: string, namespace: string, spec: Spec): string {
  const fields = Object.entries(spec).map(([field, value]) => `  ${field}: ${JSON.stringify(value)}`);
  return [
    'apiVersion: sluice.dev/v1alpha1',
    'kind: Alert',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    ...(namespace === '' ? [] : [`  namespace: ${JSON.stringify(namespace)}`]),
    'spec:',
    ...fields,
    '',
  ].join('\n');
}

function Saving({ file }: { readonly file: string }) {
  return (
    <Stack gap="xs">
      <Text size="sm">
        Save it as a file in a folder that <Code>alerts.files</Code> of hub.yaml names, and reload the hub
        (SIGHUP); in a cluster, apply it. Where <Code>console.alerts</Code> names a folder, it is saved from
        here.
      </Text>
      <Code block tabIndex={0} aria-label="The alert as a file">
        {file.split('\n').map(visible).join('\n')}
      </Code>
    </Stack>
  );
}

function Firings({ preview }: { readonly preview: Preview }) {
  return (
    <>
      <Text role="status">
        It would have fired {preview.firings} times between {timeText(Date.parse(preview.from))} and{' '}
        {timeText(Date.parse(preview.to))}.
      </Text>
      <Table>
        <Table.Tbody>
          {preview.shown.map(({ firedAt, summary, count }, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: they have no name
            <Table.Tr key={`${firedAt} ${line}`}>
              <Table.Td>{timeText(Date.parse(firedAt))}</Table.Td>
              <Table.Td>
                <HostileText text={summary} />
              </Table.Td>
              <Table.Td>{count.toLocaleString()} events</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

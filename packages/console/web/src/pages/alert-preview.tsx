/** An alert before it is saved: when it would have fired, and what is to be put where. */
import { Button, Code, NumberInput, Select, Stack, Table, Text, Textarea, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { AskError, ask, type Failure } from '../ask.ts';
import { FailureNote } from '../parts/answer.tsx';
import { HostileText, visible } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';

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

export function AlertPreview() {
  const [dataSet, setDataSet] = useState('waf');
  const [threshold, setThreshold] = useState(0);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [file, setFile] = useState('');
  const [failure, setFailure] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { name, query, summary, period } = Object.fromEntries(new FormData(event.currentTarget));
    const spec = {
      ...{ summary, description: summary, query, dataSet, severity: 60, period, lookback: period },
      ...(threshold > 0 ? { metric: 'count', condition: 'gt', threshold } : {}),
    };
    setBusy(true);
    setFailure(null);
    setFile(alertFile(String(name), spec));
    ask<Preview>('/v1/alerts/preview', { method: 'POST', body: { spec } })
      .then(setPreview, (error: unknown) => setFailure(error instanceof AskError ? error.failure : null))
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={submit} method="post">
      <Stack maw={760}>
        <TextInput
          name="name"
          label="Name"
          defaultValue="blocked-requests"
          pattern="[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
          title="small letters, digits, - and ."
          required
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
        <Button type="submit" loading={busy} w="fit-content">
          When would it have fired?
        </Button>
        {failure === null ? null : <FailureNote failure={failure} />}
        {preview === null ? null : <Firings preview={preview} />}
        {preview === null || file === '' ? null : <Saving file={file} />}
      </Stack>
    </form>
  );
}

/** An alert as a file: what is JSON is YAML too, whatever stands in a text. */
function alertFile(name: string, spec: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(spec).map(([field, value]) => `  ${field}: ${JSON.stringify(value)}`);
  return [
    'apiVersion: projectcalico.org/v3',
    'kind: GlobalAlert',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
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
        (SIGHUP); in a cluster, apply it.
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

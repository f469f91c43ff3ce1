/** Who answers for exclusions, why and until when; then they are saved: into the file, or as a change of the cluster that is shown first. */
import { Alert, Button, Group, Paper, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { Link } from 'wouter';
import type { ExclusionsAnswer, Judged, Saving } from '../policies.ts';
import { useUser } from '../session.tsx';
import { useAct } from './act.ts';
import { FailureNote } from './answer.tsx';
import { DraftView } from './draft-view.tsx';
import { HostileCode } from './hostile-code.tsx';
import { HostileText } from './hostile-text.tsx';

const DAY = 86_400_000;

const ENDS = [
  { value: '7', label: 'in 7 days' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
  { value: '', label: 'never' },
];

interface Words {
  readonly owner: string;
  readonly reason: string;
  readonly expires: string | null;
}

interface SaveProps {
  readonly judged: Judged;
  /** On the button. */
  readonly named: string;
  readonly wantsReason: boolean;
  readonly preview: (words: Words) => Promise<Judged>;
  readonly save: (saving: Saving & Words) => Promise<ExclusionsAnswer>;
  /** Below what is said once they are saved. */
  readonly children?: ReactNode;
}

export function SaveExclusions(props: SaveProps) {
  const { judged, preview, save, children } = props;
  const user = useUser();
  const { busy, failure, run } = useAct();
  const [shown, setShown] = useState<{
    readonly words: Words & { confirm: string };
    readonly judged: Judged;
  } | null>(null);
  const [saved, setSaved] = useState<ExclusionsAnswer | null>(null);
  if (saved !== null) return <Saved saved={saved}>{children}</Saved>;
  const { cluster, draft, file, confined } = judged;
  const may = cluster ? draft?.refused === '' : file !== null && !confined && user.role !== 'viewer';
  if (!may) return cluster && draft !== null ? <Elsewhere judged={judged} /> : <ByHand judged={judged} />;
  if (shown !== null) {
    const version = shown.judged.draft?.version ?? '';
    return (
      <Shown
        judged={shown.judged}
        busy={busy}
        onApply={() => run(save({ ...shown.words, version }), setSaved)}
        onBack={() => setShown(null)}
      >
        {failure === null ? null : <FailureNote failure={failure} again={() => setShown(null)} />}
      </Shown>
    );
  }
  const submit = (words: Words & { readonly confirm: string }): void => {
    const { confirm: _, ...asked } = words;
    if (cluster) run(preview(asked), (found) => setShown({ words, judged: found }));
    else run(save({ ...words, version: '' }), setSaved);
  };
  return (
    <Form {...props} busy={busy} onSubmit={submit}>
      {failure === null ? null : <FailureNote failure={failure} />}
    </Form>
  );
}

interface FormProps extends SaveProps {
  readonly busy: boolean;
  readonly onSubmit: (words: Words & { readonly confirm: string }) => void;
}

function Form({
  judged: { file, cluster, confirmation },
  named,
  wantsReason,
  busy,
  onSubmit,
  children,
}: FormProps) {
  const [days, setDays] = useState('90');
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { owner, reason = '', confirm = '' } = Object.fromEntries(new FormData(event.currentTarget));
    const expires = days === '' ? null : new Date(Date.now() + Number(days) * DAY).toISOString();
    onSubmit({ owner: String(owner), reason: String(reason), expires, confirm: String(confirm) });
  };
  return (
    <Paper withBorder p="sm">
      <form onSubmit={submit} method="post">
        <Stack maw={640}>
          <Title order={3} size="h5">
            Save it
          </Title>
          <TextInput name="owner" label="Owner" description="Who answers for it" required maxLength={253} />
          {wantsReason ? <TextInput name="reason" label="Reason" required maxLength={1_024} /> : null}
          <Select
            label="Ends"
            data={ENDS}
            value={days}
            allowDeselect={false}
            onChange={(value) => setDays(value ?? '90')}
          />
          {confirmation === null ? null : (
            <TextInput
              name="confirm"
              label={`Type ${confirmation} to confirm`}
              description="Attacks would pass with it, or it holds everywhere."
              autoComplete="off"
              required
            />
          )}
          {children}
          <Text size="sm" c="dimmed">
            {cluster ? (
              'The change of the policy is shown first, then made in your name.'
            ) : (
              <>
                It is written into <HostileText text={file ?? ''} />, which the running server takes over.
              </>
            )}
          </Text>
          <Button
            type="submit"
            loading={busy}
            w="fit-content"
            color={confirmation === null ? 'teal.9' : 'red.9'}
          >
            {cluster ? 'Show the change' : named}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

interface ShownProps {
  readonly judged: Judged;
  readonly busy: boolean;
  readonly onApply: () => void;
  readonly onBack: () => void;
  readonly children: ReactNode;
}

function Shown({ judged: { draft }, busy, onApply, onBack, children }: ShownProps) {
  return (
    <Paper withBorder p="md" component="section" aria-label="The change">
      <Stack>
        <Title order={3} size="h5">
          The change
        </Title>
        {draft === null ? null : <DraftView draft={draft} />}
        {children}
        <Group>
          <Button onClick={onApply} loading={busy} disabled={draft?.refused !== ''}>
            Apply
          </Button>
          <Button variant="default" onClick={onBack}>
            Back
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

const Elsewhere = ({ judged: { draft } }: { readonly judged: Judged }) => (
  <Paper withBorder p="sm">
    <Stack>
      <Title order={3} size="h5">
        To be applied elsewhere
      </Title>
      {draft === null ? null : <DraftView draft={draft} />}
    </Stack>
  </Paper>
);

const ByHand = ({ judged: { file, yaml } }: { readonly judged: Judged }) => (
  <Paper withBorder p="sm">
    <Title order={3} size="h5" mb="xs">
      To be applied by hand
    </Title>
    <Text mb="xs">
      {file === null
        ? 'The hub does not know the file of the policies (console.policies). Put this into sluice.yaml, or the entries under spec.exclusions of the WAFPolicy:'
        : 'Saving takes the role operator, and sight of all namespaces. Somebody who has both can apply this:'}
    </Text>
    <HostileCode label="YAML" text={yaml} />
  </Paper>
);

function Saved({ saved, children }: { readonly saved: ExclusionsAnswer; readonly children: ReactNode }) {
  const { cluster, notice } = saved;
  return (
    <>
      <Alert variant="default" title="Saved" role="status">
        {cluster
          ? 'The policy is changed; nodes follow in a moment.'
          : notice === null
            ? 'The server has taken it over.'
            : `It is written. Whether the server has it cannot be told: ${notice}`}{' '}
        <Link href="/exclusions">All exclusions</Link>
      </Alert>
      {cluster ? null : children}
    </>
  );
}

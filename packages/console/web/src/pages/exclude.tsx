/** From an event to an exclusion: the narrowest that lets it pass, what else would pass, who answers for it, and what it becomes. */
import {
  Alert,
  Anchor,
  Button,
  Checkbox,
  Group,
  Paper,
  Radio,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { Link } from 'wouter';
import { useAct } from '../parts/act.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { HostileCode } from '../parts/hostile-code.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { PassingTable } from '../parts/passing.tsx';
import { Replay } from '../parts/replay.tsx';
import {
  type Choice,
  type Effect,
  type ExclusionPreview,
  type ExclusionsAnswer,
  type PreviewAsked,
  previewExclusion,
  type Scope,
  saveExclusion,
} from '../policies.ts';
import { useUser } from '../session.tsx';

const DAY = 86_400_000;

const ENDS = [
  { value: '7', label: 'in 7 days' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
  { value: '', label: 'never' },
];

interface Picked {
  readonly chosen: readonly Pick<Choice, 'rule' | 'target'>[] | null;
  readonly scope: Scope | null;
}

export function Exclude({ id }: { readonly id: string }) {
  const event = decodeURIComponent(id);
  const [picked, setPicked] = useState<Picked>({ chosen: null, scope: null });
  const asked: PreviewAsked = { event, ...picked, reason: '', owner: '', expires: null };
  const answer = useAnswer(JSON.stringify(asked), (signal) => previewExclusion(asked, signal));
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={2}>Exclude</Title>
        <Anchor component={Link} href={`/events/waf/${encodeURIComponent(event)}`}>
          The event
        </Anchor>
      </Group>
      <Answered answer={answer} lines={12}>
        {(preview) => (
          <Preview preview={preview} event={event} picked={picked} onPick={setPicked} busy={answer.loading} />
        )}
      </Answered>
    </Stack>
  );
}

interface PreviewProps {
  readonly preview: ExclusionPreview;
  readonly event: string;
  readonly picked: Picked;
  readonly onPick: (picked: Picked) => void;
  readonly busy: boolean;
}

function Preview({ preview, event, picked, onPick, busy }: PreviewProps) {
  const { leftOut, policy, effect, secLang, yaml, confined } = preview;
  return (
    <Stack aria-busy={busy}>
      <Text>
        Policy <HostileText text={policy} />. Chosen is the least with which the request passes; add nothing
        without need.
      </Text>
      {leftOut === null ? null : (
        <Alert variant="default" title="No exclusion lets it pass">
          {leftOut}
        </Alert>
      )}
      <Choices preview={preview} onPick={onPick} />
      {effect === null ? (
        <Text c="dimmed">Nothing is chosen.</Text>
      ) : (
        <>
          <What effect={effect} confined={confined} />
          <Paper withBorder p="sm">
            <Title order={3} size="h5" mb="xs">
              What it becomes
            </Title>
            <HostileCode label="SecLang" text={secLang} />
          </Paper>
          <Save preview={preview} asked={{ event, ...picked }} yaml={yaml} />
        </>
      )}
    </Stack>
  );
}

const SCOPES: Readonly<Record<Scope, string>> = {
  path: 'at this path alone',
  below: 'at all below its folder',
  everywhere: 'everywhere: wants the name of the policy, typed',
};

const keyOf = ({ rule, target }: Pick<Choice, 'rule' | 'target'>): string => `${rule} ${target}`;

function Choices({
  preview: { choices, scopes, scope, effect },
  onPick,
}: {
  readonly preview: ExclusionPreview;
  readonly onPick: PreviewProps['onPick'];
}) {
  const [chosen, setChosen] = useState<readonly string[]>(() =>
    choices.filter(({ needed }) => needed).map(keyOf),
  );
  const pick = (keys: readonly string[], next: Scope): void => {
    setChosen(keys);
    const wanted = choices.filter((each) => keys.includes(keyOf(each)));
    onPick({ chosen: wanted.map(({ rule, target }) => ({ rule, target })), scope: next });
  };
  if (choices.length === 0) return null;
  return (
    <Paper withBorder p="sm">
      <Stack>
        <Checkbox.Group
          label="The policy does without"
          value={[...chosen]}
          onChange={(keys) => pick(keys, scope)}
        >
          <Stack gap={6} mt={6}>
            {choices.map((choice) => (
              <Checkbox
                key={keyOf(choice)}
                value={keyOf(choice)}
                label={
                  <>
                    rule {choice.rule} in <HostileText text={choice.target} /> (+{choice.score}){' '}
                    <HostileText text={choice.message} c="dimmed" />
                    {choice.breadth === 2 ? ' — a text that holds everything of the request' : ''}
                  </>
                }
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Radio.Group label="Where" value={scope} onChange={(value) => pick(chosen, value as Scope)}>
          <Stack gap={6} mt={6}>
            {scopes.map((each) => (
              <Radio key={each} value={each} label={SCOPES[each]} />
            ))}
          </Stack>
        </Radio.Group>
        {effect !== null && !effect.clears ? (
          <Text c="var(--mantine-color-error)">The request does not pass with it.</Text>
        ) : null}
      </Stack>
    </Paper>
  );
}

function What({ effect, confined }: { readonly effect: Effect; readonly confined: boolean }) {
  const { events, passes, requests, attacks, examples, arithmetic, isCut } = effect;
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        What would pass
      </Title>
      <Text role="status">
        Of {events.toLocaleString()} refused requests of the last 7 days {passes.toLocaleString()} would pass
        ({requests.toLocaleString()} with those that floods stand for), by the stored scores: {arithmetic}.
        {isCut ? ' There are more that were not looked at.' : ''}
        {confined ? ' Only those of your namespaces were looked at.' : ''}
      </Text>
      {attacks > 0 ? (
        <Alert color="red" variant="filled" title={`${attacks} of them look like attacks`} my="xs">
          An exclusion that lets attacks pass is not saved without the name of the policy, typed.
        </Alert>
      ) : (
        <Text>None of them looks like an attack.</Text>
      )}
      {examples.length === 0 ? null : <PassingTable events={examples} />}
    </Paper>
  );
}

interface SaveProps {
  readonly preview: ExclusionPreview;
  readonly asked: Picked & { readonly event: string };
  readonly yaml: string;
}

function Save({ preview: { file, confirmation, scope, confined }, asked, yaml }: SaveProps) {
  const user = useUser();
  const { busy, failure, run } = useAct();
  const [days, setDays] = useState('90');
  const [saved, setSaved] = useState<ExclusionsAnswer | null>(null);
  if (saved !== null) return <Saved saved={saved} event={asked.event} />;
  const may = file !== null && !confined && user.role !== 'viewer';
  const submit = (event: SyntheticEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { owner, reason, confirm } = Object.fromEntries(new FormData(event.currentTarget));
    const expires = days === '' ? null : new Date(Date.now() + Number(days) * DAY).toISOString();
    const body = { ...asked, scope, owner: String(owner), reason: String(reason), expires };
    run(saveExclusion({ ...body, confirm: String(confirm ?? '') }), setSaved);
  };
  if (!may) return <ByHand file={file} yaml={yaml} />;
  return (
    <Paper withBorder p="sm">
      <form onSubmit={submit} method="post">
        <Stack maw={640}>
          <Title order={3} size="h5">
            Save it
          </Title>
          <TextInput name="owner" label="Owner" description="Who answers for it" required maxLength={253} />
          <TextInput name="reason" label="Reason" required maxLength={1_024} />
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
          {failure === null ? null : <FailureNote failure={failure} />}
          <Text size="sm" c="dimmed">
            It is written into <HostileText text={file ?? ''} />, which the running server takes over.
          </Text>
          <Button
            type="submit"
            loading={busy}
            w="fit-content"
            color={confirmation === null ? 'teal.9' : 'red.9'}
          >
            Save the exclusion
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

function ByHand({ file, yaml }: { readonly file: string | null; readonly yaml: string }) {
  return (
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
}

function Saved({ saved, event }: { readonly saved: ExclusionsAnswer; readonly event: string }) {
  return (
    <>
      <Alert variant="default" title="Saved" role="status">
        {saved.notice === null
          ? 'The server has taken it over.'
          : `It is written. Whether the server has it cannot be told: ${saved.notice}`}{' '}
        <Link href="/exclusions">All exclusions</Link>
      </Alert>
      <Replay id={event} />
    </>
  );
}

/** From an event to an exclusion: the narrowest that lets it pass, what else would pass, who answers for it, and what it becomes. */
import { Alert, Anchor, Checkbox, Group, Paper, Radio, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { HostileCode } from '../parts/hostile-code.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { Replay } from '../parts/replay.tsx';
import { SaveExclusions } from '../parts/save-exclusions.tsx';
import { WhatPasses } from '../parts/what-passes.tsx';
import {
  type Choice,
  type ExclusionPreview,
  type PreviewAsked,
  previewExclusion,
  type Scope,
  saveExclusion,
} from '../policies.ts';

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
  const { leftOut, policy, effect, secLang, confined } = preview;
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
          <WhatPasses effect={effect} confined={confined} days={7} />
          <Paper withBorder p="sm">
            <Title order={3} size="h5" mb="xs">
              What it becomes
            </Title>
            <HostileCode label="SecLang" text={secLang} />
          </Paper>
          <SaveExclusion preview={preview} asked={{ event, ...picked }} />
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

/** Mounted anew for what else is chosen: what was shown of a change must not stand there for another. */
function SaveExclusion({
  preview,
  asked,
}: {
  readonly preview: ExclusionPreview;
  readonly asked: Picked & { readonly event: string };
}) {
  const { scope } = preview;
  return (
    <SaveExclusions
      key={JSON.stringify(preview.exclusions)}
      judged={preview}
      named="Save the exclusion"
      wantsReason
      preview={(words) => previewExclusion({ ...asked, scope, ...words })}
      save={({ reason, ...saving }) => saveExclusion({ ...asked, scope, reason, ...saving })}
    >
      <Replay id={asked.event} />
    </SaveExclusions>
  );
}

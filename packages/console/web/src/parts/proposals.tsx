/** Exclusions that an analysis proposes: several are chosen, judged together and saved as one change; those that attacks would pass with are not offered. */
import { Alert, Checkbox, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { type Analysis, type ProposalsAsked, previewProposals, saveProposals } from '../policies.ts';
import { Answered, useAnswer } from './answer.tsx';
import { HostileCode } from './hostile-code.tsx';
import { HostileText } from './hostile-text.tsx';
import { RED } from './passing.tsx';
import { SaveExclusions } from './save-exclusions.tsx';
import { WhatPasses } from './what-passes.tsx';

interface ProposalsProps {
  readonly exclusions: Analysis['exclusions'];
  readonly workload: string;
  readonly days: number;
}

export function Proposals({ exclusions, workload, days }: ProposalsProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { proposed, refused, cleared, notCleared, alsoPass } = exclusions;
  // One change is of one policy.
  const first = proposed.find(({ digest }) => chosen.includes(digest));
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        Exclusions that would clear the mistakes: {proposed.length}
      </Title>
      <Stack gap="xs">
        {cleared + notCleared === 0 ? (
          <Text c="dimmed">
            Nothing of many users looks like a false positive. A single event can be excluded from its page.
          </Text>
        ) : (
          <Text>
            With them {cleared} of {cleared + notCleared} false positives pass, and nothing that looks like an
            attack; {alsoPass} others pass with them.
          </Text>
        )}
        {proposed.map(({ exclusion, hits, clears, arithmetic, secLang, digest, policy }) => (
          <Stack gap={2} key={digest}>
            <Checkbox
              label={<HostileText text={placeOf(exclusion)} />}
              checked={chosen.includes(digest)}
              disabled={first !== undefined && first.policy !== policy}
              onChange={() =>
                setChosen(
                  chosen.includes(digest) ? chosen.filter((each) => each !== digest) : [...chosen, digest],
                )
              }
            />
            <Text size="sm">
              {clears} pass by it, {hits} hits in this time; by the stored scores: {arithmetic}
            </Text>
            <HostileCode label="SecLang" text={secLang} />
          </Stack>
        ))}
        {chosen.length === 0 ? null : (
          <Chosen key={chosen.join(' ')} workload={workload} days={days} chosen={chosen} />
        )}
        {refused.map(({ exclusion, attacks, clears, examples }) => (
          <Alert
            variant="default"
            c={RED}
            key={JSON.stringify(exclusion)}
            title={`Not proposed: ${attacks} attacks would pass`}
          >
            <HostileText text={placeOf(exclusion)} /> would clear {clears} false positives.{' '}
            {examples.map((id, index) => (
              <span key={id}>
                <Link href={`/events/waf/${encodeURIComponent(id)}`}>attack {index + 1}</Link>{' '}
              </span>
            ))}
          </Alert>
        ))}
      </Stack>
    </Paper>
  );
}

/** All of them at once: what passes with them together is more than what each lets pass. */
function Chosen(asked: Pick<ProposalsAsked, 'workload' | 'days' | 'chosen'>) {
  const { workload, days, chosen } = asked;
  const nobody = { workload, days, chosen, owner: '', expires: null };
  const answer = useAnswer(JSON.stringify(nobody), (signal) => previewProposals(nobody, signal));
  return (
    <Paper withBorder p="sm" component="section" aria-label="What is chosen" aria-busy={answer.loading}>
      <Stack>
        <Title order={4} size="h5">
          Chosen: {chosen.length}
        </Title>
        <Answered answer={answer} lines={6}>
          {(judged) => (
            <>
              {judged.effect === null ? null : (
                <WhatPasses effect={judged.effect} confined={judged.confined} days={days} />
              )}
              <SaveExclusions
                key={JSON.stringify(judged.exclusions)}
                judged={judged}
                named="Save what is chosen"
                wantsReason={false}
                preview={({ owner, expires }) => previewProposals({ ...nobody, owner, expires })}
                save={({ reason: _, ...saving }) => saveProposals({ ...nobody, ...saving })}
              />
            </>
          )}
        </Answered>
      </Stack>
    </Paper>
  );
}

const placeOf = ({
  rules,
  targets,
  paths,
}: Analysis['exclusions']['proposed'][number]['exclusion']): string =>
  `rules ${rules.join(', ')} in ${targets.join(', ')} at ${paths?.join(', ') ?? 'all paths'}`;

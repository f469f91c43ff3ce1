/** Exclusions in force: what policies do without, who answers for it, until when. */
import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useAct } from '../parts/act.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { ChangePanel } from '../parts/change-panel.tsx';
import { HostileCode } from '../parts/hostile-code.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';
import { listExclusions, removeExclusion, type ShownExclusion } from '../policies.ts';
import { WORKLOAD_DESK } from '../workloads.ts';

export function Exclusions() {
  const answer = useAnswer('exclusions', listExclusions);
  const { busy, failure, run } = useAct();
  const [notice, setNotice] = useState<string | null>(null);
  const [asked, setAsked] = useState<ShownExclusion | null>(null);
  const remove = (digest: string): void =>
    run(removeExclusion(digest), ({ notice: told }) => {
      setNotice(told === null ? null : `Written; whether a server has it cannot be told: ${told}`);
      answer.again();
    });
  const finish = (sentences: readonly string[]): void => {
    setNotice(`${sentences.join(' ')} It shows here in a moment.`);
    setAsked(null);
    answer.again();
  };
  return (
    <Stack>
      <Title order={2}>Exclusions</Title>
      {failure === null ? null : <FailureNote failure={failure} />}
      {notice === null ? null : <Text role="status">{notice}</Text>}
      {asked === null ? null : (
        <ChangePanel
          key={asked.digest}
          desk={WORKLOAD_DESK}
          title={`Remove an exclusion of ${asked.target ?? ''}`}
          change={{ kind: 'unexclude', policy: asked.policy, digest: asked.digest }}
          onDone={finish}
          onCancel={() => setAsked(null)}
        />
      )}
      <Answered answer={answer}>
        {({ file, cluster, exclusions }) => (
          <Stack>
            <Text c="dimmed">
              {file === null && !cluster
                ? 'The hub does not know the policies: console.policies in hub.yaml names their sluice.yaml.'
                : exclusions.length === 0
                  ? 'There is none. One begins at an event: Exclude…'
                  : `Of ${cluster ? 'policies of the cluster' : file}`}
            </Text>
            {exclusions.map((exclusion) => (
              <Entry
                key={exclusion.digest}
                exclusion={exclusion}
                onRemove={exclusion.acts ? remove : null}
                onAsk={exclusion.target === null || !exclusion.acts ? null : setAsked}
                busy={busy}
              />
            ))}
          </Stack>
        )}
      </Answered>
    </Stack>
  );
}

interface EntryProps {
  readonly exclusion: ShownExclusion;
  readonly onRemove: ((digest: string) => void) | null;
  /** In a cluster: the change is shown first. */
  readonly onAsk: ((exclusion: ShownExclusion) => void) | null;
  readonly busy: boolean;
}

function Entry({ exclusion, onRemove, onAsk, busy }: EntryProps) {
  const [sure, setSure] = useState(false);
  const { policy, rules, tags, targets, paths, reason, owner, expires, expired, digest, secLang, target } =
    exclusion;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" align="flex-start">
        <Stack gap={4}>
          <Text>
            {target ?? (
              <>
                Policy <HostileText text={policy} />
              </>
            )}
            : rules <HostileText text={[...rules, ...tags].join(', ')} /> in{' '}
            <HostileText text={targets.join(', ') || 'everything'} /> at{' '}
            <HostileText text={paths.join(', ') || 'all paths'} />
          </Text>
          <Text size="sm">
            Owner: <HostileText text={owner || 'nobody answers for it'} />. Reason:{' '}
            <HostileText text={reason || 'none'} />
          </Text>
          <Group gap="xs">
            <Text size="sm">
              {expires === null ? 'No end' : `${expired ? 'Ended' : 'Ends'} ${timeText(Date.parse(expires))}`}
            </Text>
            {expired ? <Badge color="gray.7">no longer in force</Badge> : null}
          </Group>
        </Stack>
        {onRemove === null ? null : (
          <Group gap="xs">
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => (onAsk === null ? setSure(!sure) : onAsk(exclusion))}
            >
              {sure ? 'Keep' : 'Remove…'}
            </Button>
            {sure ? (
              <Button size="compact-sm" color="red.9" loading={busy} onClick={() => onRemove(digest)}>
                Remove: what it let pass is refused again
              </Button>
            ) : null}
          </Group>
        )}
      </Group>
      <details>
        <summary>SecLang</summary>
        <HostileCode label="SecLang" text={secLang} />
      </details>
    </Paper>
  );
}

/** Exclusions in force: what policies do without, who answers for it, until when. */
import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useAct } from '../parts/act.ts';
import { Answered, FailureNote, useAnswer } from '../parts/answer.tsx';
import { HostileCode } from '../parts/hostile-code.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { timeText } from '../parts/time.tsx';
import { type ListedExclusion, listExclusions, removeExclusion } from '../policies.ts';
import { useUser } from '../session.tsx';

export function Exclusions() {
  const user = useUser();
  const answer = useAnswer('exclusions', listExclusions);
  const { busy, failure, run } = useAct();
  const [notice, setNotice] = useState<string | null>(null);
  const remove = (digest: string): void =>
    run(removeExclusion(digest), ({ notice: told }) => {
      setNotice(told);
      answer.again();
    });
  return (
    <Stack>
      <Title order={2}>Exclusions</Title>
      {failure === null ? null : <FailureNote failure={failure} />}
      {notice === null ? null : (
        <Text role="status">Written; whether a server has it cannot be told: {notice}</Text>
      )}
      <Answered answer={answer}>
        {({ file, exclusions }) => (
          <Stack>
            <Text c="dimmed">
              {file === null
                ? 'The hub does not know the policies: console.policies in hub.yaml names their sluice.yaml.'
                : exclusions.length === 0
                  ? 'There is none. One begins at an event: Exclude…'
                  : `Of ${file}`}
            </Text>
            {exclusions.map((exclusion) => (
              <Entry
                key={exclusion.digest}
                exclusion={exclusion}
                onRemove={user.role === 'viewer' ? null : remove}
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
  readonly exclusion: ListedExclusion;
  readonly onRemove: ((digest: string) => void) | null;
  readonly busy: boolean;
}

function Entry({ exclusion, onRemove, busy }: EntryProps) {
  const [sure, setSure] = useState(false);
  const { policy, rules, tags, targets, paths, reason, owner, expires, expired, digest, secLang } = exclusion;
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" align="flex-start">
        <Stack gap={4}>
          <Text>
            Policy <HostileText text={policy} />: rules <HostileText text={[...rules, ...tags].join(', ')} />{' '}
            in <HostileText text={targets.join(', ') || 'everything'} /> at{' '}
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
            <Button size="compact-sm" variant="default" onClick={() => setSure(!sure)}>
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

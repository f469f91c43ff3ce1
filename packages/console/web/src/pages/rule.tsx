/** A rule in force: what it does in words, its text, and how often it matched. */
import { Anchor, Badge, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { count } from '../documents.ts';
import { Answered, useAnswer } from '../parts/answer.tsx';
import { HostileCode } from '../parts/hostile-code.tsx';
import { HostileText } from '../parts/hostile-text.tsx';
import { RuleCost } from '../parts/rule-costs.tsx';
import { ruleText } from '../policies.ts';
import { condition } from '../query-text.ts';

const DAY = 86_400_000;

export function RulePage({ id }: { readonly id: string }) {
  const answer = useAnswer(id, (signal) => ruleText(id, signal));
  return (
    <Stack>
      <Title order={2}>
        Rule <HostileText text={id} inherit />
      </Title>
      <Answered answer={answer} lines={16}>
        {({ message, phase, paranoia, severity, tags, file, line, words, source }) => (
          <Stack>
            <Group gap="xs">
              <HostileText text={message} fw={700} />
              {severity === null ? null : <Badge variant="default">{severity}</Badge>}
              <Text size="sm">
                phase {phase}
                {paranoia === null ? '' : `, paranoia level ${paranoia}`}
              </Text>
            </Group>
            <Hits id={id} />
            <RuleCost id={id} />
            <HostileText text={tags.join(', ')} c="dimmed" />
            <HostileCode label="What it does" text={words.join('\n').trim()} />
            <HostileText text={`${file}:${line}`} c="dimmed" />
            <HostileCode label="Its text" text={source} />
          </Stack>
        )}
      </Answered>
    </Stack>
  );
}

function Hits({ id }: { readonly id: string }) {
  const query = condition('waf.rules.id', id);
  const answer = useAnswer(`hits ${id}`, (signal) => {
    const to = Date.now() + 1;
    return count({ dataSet: 'waf', query, from: to - 7 * DAY, to }, signal);
  });
  return (
    <Answered answer={answer} lines={1}>
      {(hits) => (
        <Anchor
          component={Link}
          href={`/events?span=${7 * DAY}&q=${encodeURIComponent(query)}`}
          w="fit-content"
        >
          {hits.toLocaleString()} events of the last 7 days
        </Anchor>
      )}
    </Answered>
  );
}

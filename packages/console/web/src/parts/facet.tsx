/** The most frequent values of a field; one click keeps to one of them, or leaves it out. */
import { ActionIcon, Anchor, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type Selection, terms } from '../documents.ts';
import { condition } from '../query-text.ts';
import { Answered, useAnswer } from './answer.tsx';
import { HostileText, visible } from './hostile-text.tsx';

interface FacetProps {
  readonly title: string;
  readonly field: string;
  readonly selection: Selection;
  readonly onAdd: (condition: string) => void;
  readonly size?: number;
}

export function Facet({ title, field, selection, onAdd, size = 5 }: FacetProps) {
  const asked = { ...selection, field, size };
  const answer = useAnswer(JSON.stringify(asked), (signal) => terms(asked, signal));
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h6" mb="xs">
        {title}
      </Title>
      <Answered answer={answer} lines={size}>
        {(buckets) =>
          buckets.length === 0 ? (
            <Text size="sm" c="dimmed">
              none
            </Text>
          ) : (
            <Stack gap={4}>
              {buckets.map(({ key, count }) => {
                const value = key[0] ?? '';
                return (
                  <Group key={String(value)} justify="space-between" wrap="nowrap" gap="xs">
                    <Anchor
                      component="button"
                      type="button"
                      ta="left"
                      onClick={() => onAdd(condition(field, value))}
                      aria-label={`Only ${title.toLowerCase()} ${visible(String(value))}`}
                      style={{ minWidth: 0 }}
                    >
                      <HostileText text={String(value)} lineClamp={1} />
                    </Anchor>
                    <Group gap={4} wrap="nowrap">
                      <Text size="sm" ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
                        {count.toLocaleString()}
                      </Text>
                      <ActionIcon
                        variant="subtle"
                        size="sm"
                        color="gray"
                        aria-label={`Without ${title.toLowerCase()} ${visible(String(value))}`}
                        onClick={() => onAdd(condition(field, value, true))}
                      >
                        −
                      </ActionIcon>
                    </Group>
                  </Group>
                );
              })}
            </Stack>
          )
        }
      </Answered>
    </Paper>
  );
}

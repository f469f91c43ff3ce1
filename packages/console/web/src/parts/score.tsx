/** How a score came together: what each rule added, in the order in which they matched, up to the threshold. */
import { Box, List, Paper, Progress, Text, Title } from '@mantine/core';
import { listAt, numberAt, textAt } from '../documents.ts';
import { visible } from './hostile-text.tsx';

interface Step {
  readonly rule: string;
  readonly score: number;
  /** Of all up to this one. */
  readonly sum: number;
}

type Side = 'inbound' | 'outbound';

/** The CRS's own, where an event does not say. */
const THRESHOLDS: Readonly<Record<Side, number>> = { inbound: 5, outbound: 4 };

/** Rules of phases 3 and 4 add to the score of the response. */
const sideOf = (rule: unknown): Side => ((numberAt(rule, 'phase') ?? 0) > 2 ? 'outbound' : 'inbound');

function stepsOf(document: unknown, side: Side): readonly Step[] {
  let sum = 0;
  return listAt(document, 'waf.rules').flatMap((rule) => {
    const score = numberAt(rule, 'score') ?? 0;
    if (score <= 0 || sideOf(rule) !== side) return [];
    sum += score;
    return [{ rule: textAt(rule, 'id'), score, sum }];
  });
}

export function Scores({ document }: { readonly document: unknown }) {
  return (['inbound', 'outbound'] as const).map((side) => (
    <Score key={side} document={document} side={side} />
  ));
}

function Score({ document, side }: { readonly document: unknown; readonly side: Side }) {
  const steps = stepsOf(document, side);
  const total = steps.at(-1)?.sum ?? 0;
  if (total === 0) return null;
  const threshold = numberAt(document, `waf.scores.${side}_anomaly_score_threshold`) ?? THRESHOLDS[side];
  const counted = numberAt(document, `waf.scores.blocking_${side}_anomaly_score`) ?? total;
  const reached = counted === total ? steps.findIndex(({ sum }) => sum >= threshold) : -1;
  const name = side === 'inbound' ? 'Score' : 'Score of the response';
  return (
    <Paper withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        {name} {total}, threshold {threshold}
      </Title>
      <Bar name={name} steps={steps} total={total} threshold={threshold} />
      <List type="ordered" size="sm" mt="xs">
        {steps.map(({ rule, score, sum }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule may match more than once, in an order that stays
          <List.Item key={`${rule} ${index}`}>
            {visible(rule)} adds {score}: {sum}
            {index === reached ? ', which reaches the threshold' : ''}
          </List.Item>
        ))}
      </List>
      {counted === total ? null : (
        <Text size="sm" mt="xs">
          {counted} of it was decided by: what is above the paranoia level that blocks does not count.
        </Text>
      )}
    </Paper>
  );
}

interface BarProps {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly total: number;
  readonly threshold: number;
}

function Bar({ name, steps, total, threshold }: BarProps) {
  const top = Math.max(total, threshold);
  return (
    <Box pos="relative">
      <Progress.Root size={22} aria-label={`${name} ${total} of a threshold of ${threshold}`}>
        {steps.map(({ rule, score }, index) => (
          <Progress.Section
            // biome-ignore lint/suspicious/noArrayIndexKey: a rule may match more than once, in an order that stays
            key={`${rule} ${index}`}
            value={(score / top) * 100}
            color={index % 2 === 0 ? 'red.9' : 'red.8'}
            aria-label={`rule ${visible(rule)} adds ${score}`}
          >
            <Progress.Label>{`${visible(rule)} +${score}`}</Progress.Label>
          </Progress.Section>
        ))}
      </Progress.Root>
      <Box
        aria-hidden="true"
        title={`threshold ${threshold}`}
        pos="absolute"
        top={-3}
        h={28}
        w={2}
        left={`calc(${(threshold / top) * 100}% - 2px)`}
        bg="var(--mantine-color-text)"
      />
    </Box>
  );
}

/** The time that a page looks at. */
import { ActionIcon, Group, Select, Text, Tooltip } from '@mantine/core';

export interface TimeRange {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const SPANS = [
  { value: String(15 * MINUTE), label: 'Last 15 minutes' },
  { value: String(HOUR), label: 'Last hour' },
  { value: String(6 * HOUR), label: 'Last 6 hours' },
  { value: String(DAY), label: 'Last 24 hours' },
  { value: String(7 * DAY), label: 'Last 7 days' },
  { value: String(30 * DAY), label: 'Last 30 days' },
];

export const DEFAULT_SPAN = DAY;

export const lastOf = (span: number, now = Date.now()): TimeRange => ({ from: now - span, to: now + 1 });

const STEPS = [1_000, 5_000, 15_000, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY];

/** So that there are about 60 bars, at most 120. */
export function stepOf({ from, to }: TimeRange): number {
  return STEPS.find((step) => (to - from) / step <= 100) ?? Math.ceil((to - from) / 100 / DAY) * DAY;
}

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const timeText = (millis: number): string => FORMAT.format(millis);

export function TimeSelect({
  range,
  onChange,
}: {
  readonly range: TimeRange & { readonly span: number | null };
  readonly onChange: (span: number) => void;
}) {
  return (
    <Group gap="xs" wrap="nowrap">
      {range.span === null ? (
        <Text size="sm" c="dimmed">
          {timeText(range.from)} – {timeText(range.to)}
        </Text>
      ) : null}
      <Select
        aria-label="Time"
        data={SPANS}
        value={range.span === null ? null : String(range.span)}
        placeholder="Custom time"
        onChange={(value) => value !== null && onChange(Number(value))}
        w={170}
        size="sm"
        allowDeselect={false}
      />
      <Tooltip label="Look again">
        <ActionIcon
          variant="default"
          size="lg"
          aria-label="Look again"
          onClick={() => onChange(range.span ?? DEFAULT_SPAN)}
        >
          ↻
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

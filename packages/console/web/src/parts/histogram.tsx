/** Documents over time, as bars. Dragging over them, or two keys, chooses a time. */
import { Box, Group, Text } from '@mantine/core';
import { type PointerEvent, useState } from 'react';
import type { Bucket } from '../documents.ts';
import { type TimeRange, timeText } from './time.tsx';

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly buckets: readonly Bucket[];
}

const WIDTH = 1_000;
const HEIGHT = 120;

interface HistogramProps {
  readonly series: readonly Series[];
  readonly range: TimeRange;
  readonly stepMillis: number;
  readonly label: string;
  readonly onRange?: (range: TimeRange) => void;
}

const sizeOf = ({ count, metric }: Bucket): number => metric ?? count;

export function Histogram({ series, range, stepMillis, label, onRange }: HistogramProps) {
  const [drag, setDrag] = useState<{ readonly begin: number; readonly end: number } | null>(null);
  const span = Math.max(range.to - range.from, 1);
  const sums = new Map<number, number>();
  for (const { buckets } of series) {
    for (const bucket of buckets)
      sums.set(Number(bucket.key[0]), (sums.get(Number(bucket.key[0])) ?? 0) + sizeOf(bucket));
  }
  const top = Math.max(1, ...sums.values());
  const total = [...sums.values()].reduce((sum, value) => sum + value, 0);
  const x = (millis: number): number => ((millis - range.from) / span) * WIDTH;
  const at = (event: PointerEvent<SVGSVGElement>): number => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return range.from + Math.min(Math.max((event.clientX - left) / width, 0), 1) * span;
  };
  const finish = (): void => {
    if (drag !== null && Math.abs(drag.end - drag.begin) > span / 200) {
      onRange?.({ from: Math.min(drag.begin, drag.end), to: Math.max(drag.begin, drag.end) });
    }
    setDrag(null);
  };
  return (
    <Box>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${total} from ${timeText(range.from)} to ${timeText(range.to)}, at most ${top} in one bar`}
        style={{
          cursor: onRange === undefined ? 'default' : 'crosshair',
          touchAction: 'none',
          display: 'block',
        }}
        onPointerDown={(event) => {
          if (onRange === undefined) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ begin: at(event), end: at(event) });
        }}
        onPointerMove={(event) => drag !== null && setDrag({ begin: drag.begin, end: at(event) })}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(null)}
      >
        <line
          x1="0"
          x2={WIDTH}
          y1={HEIGHT - 0.5}
          y2={HEIGHT - 0.5}
          stroke="var(--mantine-color-default-border)"
        />
        <Bars series={series} top={top} x={x} width={Math.max((stepMillis / span) * WIDTH - 1, 1)} />
        {drag === null ? null : (
          <rect
            x={x(Math.min(drag.begin, drag.end))}
            y={0}
            width={Math.abs(x(drag.end) - x(drag.begin))}
            height={HEIGHT}
            fill="currentColor"
            opacity={0.2}
          />
        )}
      </svg>
      <Legend series={series} range={range} />
    </Box>
  );
}

interface BarsProps {
  readonly series: readonly Series[];
  readonly top: number;
  readonly x: (millis: number) => number;
  readonly width: number;
}

/** One series stands on another. */
function Bars({ series, top, x, width }: BarsProps) {
  const stacked = new Map<number, number>();
  return series.map(({ name, color, buckets }) => (
    <g key={name} fill={color}>
      {buckets.map((bucket) => {
        const begin = Number(bucket.key[0]);
        const below = stacked.get(begin) ?? 0;
        const height = (sizeOf(bucket) / top) * (HEIGHT - 6);
        stacked.set(begin, below + height);
        return (
          <rect key={begin} x={x(begin)} y={HEIGHT - below - height} width={width} height={height}>
            <title>{`${timeText(begin)}: ${sizeOf(bucket)} ${name}`}</title>
          </rect>
        );
      })}
    </g>
  ));
}

function Legend({ series, range }: Pick<HistogramProps, 'series' | 'range'>) {
  return (
    <Group justify="space-between">
      <Text size="xs" c="dimmed">
        {timeText(range.from)}
      </Text>
      <Group gap="md">
        {series.map(({ name, color }) => (
          <Group key={name} gap={4}>
            <Box w={10} h={10} bg={color} />
            <Text size="xs">{name}</Text>
          </Group>
        ))}
      </Group>
      <Text size="xs" c="dimmed">
        {timeText(range.to)}
      </Text>
    </Group>
  );
}

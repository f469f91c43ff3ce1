/** Who calls whom, as a picture: callers left of whom they call. The table beside it has all of it in words. */
import { Text } from '@mantine/core';
import type { KeyboardEvent } from 'react';
import { visible } from './hostile-text.tsx';

export interface Call {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  /** Of these, refused, or refused if the policy blocked. */
  readonly stopped: number;
}

const NODES_MAX = 40;
const COLUMN = 260;
const ROW = 38;
const BOX = { width: 190, height: 26 };
const LABEL_CHARACTERS = 26;
const EDGE_WIDTH_MAX = 8;

interface Place {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** How many calls lie before a workload at most; calls in a circle count as far as the number of workloads. */
function columnsOf(names: readonly string[], calls: readonly Call[]): ReadonlyMap<string, number> {
  const columns = new Map(names.map((name) => [name, 0]));
  for (let round = 0; round < Math.min(names.length, 4); round += 1) {
    for (const { from, to } of calls) {
      const next = (columns.get(from) ?? 0) + 1;
      if (from !== to && next <= 4 && next > (columns.get(to) ?? 0)) columns.set(to, next);
    }
  }
  return columns;
}

function placesOf(calls: readonly Call[]): ReadonlyMap<string, Place> {
  const weights = new Map<string, number>();
  for (const { from, to, count } of calls) {
    for (const name of [from, to]) weights.set(name, (weights.get(name) ?? 0) + count);
  }
  const names = [...weights.keys()]
    .sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
    .slice(0, NODES_MAX);
  const columns = columnsOf(names, calls);
  const rows = new Map<number, number>();
  return new Map(
    names.map((name) => {
      const column = columns.get(name) ?? 0;
      const row = rows.get(column) ?? 0;
      rows.set(column, row + 1);
      return [name, { name, x: column * COLUMN, y: row * ROW }];
    }),
  );
}

export function TrafficMap({
  calls,
  onChoose,
}: {
  readonly calls: readonly Call[];
  /** A workload was chosen. */
  readonly onChoose: (name: string) => void;
}) {
  const places = placesOf(calls);
  const all = [...places.values()];
  if (all.length === 0) return null;
  const width = Math.max(...all.map(({ x }) => x)) + BOX.width;
  const height = Math.max(...all.map(({ y }) => y)) + BOX.height;
  const names = new Set(calls.flatMap(({ from, to }) => [from, to]));
  return (
    <div style={{ overflowX: 'auto' }}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is none in SVG */}
      <svg
        viewBox={`-4 -4 ${width + 8} ${height + 8}`}
        width={width + 8}
        height={height + 8}
        role="group"
        aria-label={`Map of ${calls.length} connections between ${names.size} workloads`}
      >
        <Edges calls={calls} places={places} />
        {all.map((place) => (
          <Node key={place.name} place={place} onChoose={onChoose} />
        ))}
      </svg>
      {names.size > places.size ? (
        <Text size="xs" c="dimmed">
          The {places.size} workloads with the most requests, of {names.size}.
        </Text>
      ) : null}
    </div>
  );
}

function Edges({
  calls,
  places,
}: {
  readonly calls: readonly Call[];
  readonly places: ReadonlyMap<string, Place>;
}) {
  const most = Math.max(1, ...calls.map(({ count }) => count));
  return calls.map(({ from, to, count, stopped }) => {
    const begin = places.get(from);
    const end = places.get(to);
    if (begin === undefined || end === undefined) return null;
    const x1 = begin.x + BOX.width;
    const [y1, y2] = [begin.y + BOX.height / 2, end.y + BOX.height / 2];
    const bend = Math.max(30, Math.abs(end.x - x1) / 2);
    return (
      <path
        key={JSON.stringify([from, to])}
        d={`M${x1},${y1} C${x1 + bend},${y1} ${end.x - bend},${y2} ${end.x},${y2}`}
        fill="none"
        opacity={0.6}
        stroke={stopped > 0 ? 'var(--mantine-color-red-7)' : 'var(--mantine-color-teal-6)'}
        strokeWidth={1 + (Math.log1p(count) / Math.log1p(most)) * (EDGE_WIDTH_MAX - 1)}
      >
        <title>{`${visible(from)} → ${visible(to)}: ${count} requests, ${stopped} refused or would be`}</title>
      </path>
    );
  });
}

function Node({
  place: { name, x, y },
  onChoose,
}: {
  readonly place: Place;
  readonly onChoose: (name: string) => void;
}) {
  const text = visible(name);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onChoose(name);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG
    <g
      role="button"
      tabIndex={0}
      aria-label={`Only traffic of ${text}`}
      style={{ cursor: 'pointer' }}
      transform={`translate(${x} ${y})`}
      onClick={() => onChoose(name)}
      onKeyDown={onKeyDown}
    >
      <rect
        {...BOX}
        rx={4}
        fill="var(--mantine-color-body)"
        stroke="var(--mantine-color-default-border)"
        strokeWidth={1.5}
      />
      <text x={8} y={17} fontSize={12} fill="var(--mantine-color-text)" direction="ltr">
        {text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1)}…` : text}
      </text>
    </g>
  );
}

/** A spool in words. */
import type { SegmentSurvey, SpoolLag, SpoolSurvey } from '@sluice/spool';

const total = ({ records }: SegmentSurvey): number =>
  Object.values(records).reduce((sum, count) => sum + count, 0);

/** What a writer left that died is no damage: its records were not acknowledged. */
export const isDamaged = ({ state }: SegmentSurvey): boolean => state === 'damaged' || state === 'no header';

export function renderStat({ directory, segments, readers }: SpoolSurvey, now: number): string {
  const records = segments.reduce((sum, segment) => sum + total(segment), 0);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const since = segments.find(({ createdAt }) => createdAt !== null)?.createdAt ?? null;
  const lines = [
    `${directory}: ${records} records, ${bytes} bytes in ${segments.length} segments`,
    ...(since === null ? [] : [`  since ${new Date(since).toISOString()}`]),
    ...Object.entries(readers).map(([name, lag]) => `  reader ${name}: ${behind(lag, now)}`),
  ];
  if (Object.keys(readers).length === 0) lines.push('  no reader: everything stays until the cap is reached');
  return `${lines.join('\n')}\n`;
}

function behind({ bytes, records, oldestWrittenAt }: SpoolLag, now: number): string {
  if (oldestWrittenAt === null) return 'has read everything';
  const seconds = Math.max(0, Math.round((now - oldestWrittenAt) / 1_000));
  return `about ${records} records behind, ${bytes} bytes, the oldest ${seconds} s old`;
}

export function renderVerify({ directory, segments }: SpoolSurvey): string {
  const lines = segments.map((segment) => {
    const { sequence, state, bytes, damagedBytes, tailBytes } = segment;
    const beside = [
      ...(damagedBytes > 0 ? [`${damagedBytes} bytes damaged`] : []),
      ...(tailBytes > 0 ? [`${tailBytes} bytes of a tail`] : []),
    ];
    return `  ${sequence}: ${state}, ${[`${total(segment)} records`, `${bytes} bytes`, ...beside].join(', ')}`;
  });
  const damaged = segments.filter(isDamaged).length;
  const verdict = damaged === 0 ? 'whole' : `${damaged} of ${segments.length} segments are damaged`;
  return `${directory}: ${verdict}\n${lines.map((line) => `${line}\n`).join('')}`;
}

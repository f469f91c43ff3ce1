/** What must hold however a crash test went, and its figures in words. */
import { expect } from 'vitest';
import { type CrashFigures, type CrashOptions, CrashStand } from './crash-stand.ts';

export async function expectNothingLost(options: CrashOptions): Promise<CrashFigures> {
  const stand = new CrashStand(options);
  try {
    const figures = await stand.run();
    process.stdout.write(`${describeFigures(options, figures)}\n`);
    const { missing, doubled, holes, deadLetters } = figures;
    expect({ missing, doubled, holes, deadLetters }).toEqual({
      missing: 0,
      doubled: 0,
      holes: 0,
      deadLetters: 0,
    });
    expect(figures.distinct).toBeGreaterThanOrEqual(figures.acknowledged);
    expect(figures.acknowledgedOfServe).toBeGreaterThan(0);
    expect(figures.acknowledged).toBeGreaterThan(figures.acknowledgedOfServe);
    return figures;
  } finally {
    await stand.stop();
  }
}

function describeFigures({ seed }: CrashOptions, figures: CrashFigures): string {
  const { kills, faults, seconds } = figures;
  const told = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`);
  return [
    `crash: ${seconds.toFixed(0)} s, seed ${seed}`,
    `acknowledged ${figures.acknowledged} (${Math.round(figures.acknowledged / seconds)} a second), of them by sluice serve ${figures.acknowledgedOfServe} (given up ${figures.lostOfServe}), refused by full spools ${figures.dropped}`,
    `stored ${figures.stored}, different ${figures.distinct}, missing ${figures.missing}, doubled ${figures.doubled}, holes ${figures.holes}, dead letters ${figures.deadLetters}`,
    ...figures.gaps.map((gap) => `missing of ${gap}`),
    `killed: writers ${kills.writer}, sluice serve ${kills.server} (${figures.attacks} attacks answered), shipper ${kills.shipper}, Elasticsearch ${kills.elasticsearch}`,
    `disk full ${figures.fullDisks ?? 'never (only root may mount one)'}, failed writes ${figures.failedWrites}`,
    `of bulk requests: ${told.join(', ')}, too many for the server ${figures.busyAnswers}; backing indices ${figures.backingIndices}`,
    `caught up ${figures.catchUpSeconds.toFixed(0)} s behind the last event`,
  ].join('\n  ');
}

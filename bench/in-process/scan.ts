/** The prefilter of the CRS by itself: node bench/main.ts scan [--seconds N] [--only NAME] [--json] */
import { join } from 'node:path';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { Engine } from '../../packages/engine/src/index.ts';
import { basePaths, type Paranoia } from '../engine/rules.ts';
import { requestScans } from './request-scans.ts';
import { runSubjects, type Subject, subject } from './subjects.ts';
import { textValues } from './values.ts';

const SIZES = [40, 400, 40_000];
const BATCH = 30;

/** Single values, and batches as a request makes them. */
function subjectsOf(engine: Engine, paranoia: Paranoia): readonly Subject[] {
  const rules = { crs: true, paranoia, files: [] };
  const { prefilter } = engine.loadFiles(basePaths(rules), { paranoiaMax: paranoia });
  let reported = 0;
  const report = (): void => {
    reported++;
  };
  const single = SIZES.map((bytes) =>
    subject(`PL ${paranoia}, one value of ${bytes} bytes`, textValues(bytes), (value) => {
      prefilter.scan([value], report);
      return reported;
    }),
  );
  const values = textValues(40);
  const batches = Array.from({ length: Math.floor(values.length / BATCH) }, (_, index) => {
    const batch = values.slice(index * BATCH, (index + 1) * BATCH);
    return { batch, length: batch.reduce((sum, value) => sum + value.length, 0) };
  });
  const together = subject(`PL ${paranoia}, ${BATCH} values of 40 bytes`, batches, ({ batch }) => {
    prefilter.scan(batch, report);
    return reported;
  });
  return [...single, together];
}

function subjects(): readonly Subject[] {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  return [...subjectsOf(engine, 1), ...subjectsOf(engine, 4), ...requestScans()];
}

export const runScan = (args: readonly string[]): Promise<number> => runSubjects('scan', subjects, args);

/** Runs first in the process of each test file: writes down which file that is, for deadline-reporter.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const folder = process.env.SLUICE_TEST_FILES;
if (folder !== undefined) writeFileSync(join(folder, String(process.pid)), expect.getState().testPath ?? '?');

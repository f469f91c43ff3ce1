/** Makes docs/console/*.png, light and dark, of a console with a seeded day: node scripts/screenshots.ts. What runs it asks a browser, so it lies with those tests. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from './tidy.ts';

const program = join(repositoryRoot, 'test/console/screenshots.ts');
process.exitCode = spawnSync(process.execPath, [program], { stdio: 'inherit' }).status ?? 1;

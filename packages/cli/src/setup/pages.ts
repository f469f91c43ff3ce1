/** The pages of the console, built by Vite from packages/console/web. */
import { join } from 'node:path';
import { logPath, reasonIn, runCommand } from './command.ts';
import { SetupError } from './errors.ts';
import { repositoryRoot } from './paths.ts';
import { digestOf, stampIs, writeStamp } from './stamp.ts';
import type { SetupStep } from './step.ts';

const LOG = 'console-pages';

const folder = (): string => join(repositoryRoot(), 'packages/console');
const stamp = (): string => join(folder(), 'build/pages/.stamp');
const digest = (): string => digestOf(join(folder(), 'web'), []);

export const pagesStep: SetupStep = {
  number: 13,
  name: 'pages of the console',
  isDone: () => stampIs(stamp(), digest()),
  async run() {
    const program = join(folder(), 'node_modules/.bin/vite');
    const { status, output } = await runCommand(LOG, [program, 'build'], { cwd: folder() });
    if (status !== 0) {
      throw new SetupError('SETUP_COMMAND_FAILED', {
        what: 'building the pages of the console',
        reason: reasonIn(output),
        remedy: `Read ${logPath(LOG)}; npm packages that are incomplete are the most likely cause.`,
      });
    }
    writeStamp(stamp(), digest());
  },
};

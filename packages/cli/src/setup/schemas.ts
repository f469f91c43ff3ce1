import { renameSync, writeFileSync } from 'node:fs';
import { SetupError } from './errors.ts';
import { fetchModule } from './go.ts';
import { cacheDirectory, readSchemas, type SchemaModules, schemasRecordPath } from './paths.ts';
import { PINS } from './pins.ts';
import type { SetupStep } from './step.ts';

/** Fetches a module at its pinned version and checksum. Returns its folder. */
async function download(pin: (typeof PINS.schemas)[keyof SchemaModules]): Promise<string> {
  const name = `${pin.module} ${pin.version}`;
  const found = await fetchModule(`${pin.module}@v${pin.version}`, {
    log: 'schemas',
    what: `fetching ${name} with Go`,
    cwd: cacheDirectory(),
  });
  if (found?.sum === pin.sum) return found.directory;
  throw new SetupError('SETUP_COMMAND_FAILED', {
    what: `fetching ${name}`,
    reason: `its checksum is ${found?.sum ?? 'not told'}`,
    remedy: 'Check where Go fetches modules from; pins.ts holds the checksum that the release had.',
  });
}

/** What Envoy Gateway and Istio say of their own objects: tests hold what is written for them to it. */
export const schemasStep: SetupStep = {
  number: 7,
  name: `schemas of Envoy Gateway ${PINS.schemas.envoyGateway.version} and Istio ${PINS.schemas.istio.version}`,
  isDone: () => readSchemas() !== null,
  async run() {
    const record: SchemaModules = {
      envoyGateway: await download(PINS.schemas.envoyGateway),
      istio: await download(PINS.schemas.istio),
    };
    const temporary = `${schemasRecordPath()}.new`;
    writeFileSync(temporary, JSON.stringify(record));
    renameSync(temporary, schemasRecordPath());
  },
};

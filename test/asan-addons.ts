/**
 * Preloaded (`node --import`): addons that lie in SLUICE_SANITIZED_ADDONS are loaded from there, whoever asks for them. They are
 * of the same sources as those that made the bundles, so they go by the same name, SLUICE_PLAIN_BUILD: to compile the rules
 * again takes minutes under the sanitizers.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';

const directory = process.env.SLUICE_SANITIZED_ADDONS ?? '';
const load = process.dlopen;

interface Addon {
  exports: { libraryBuild?: () => string };
}

process.dlopen = (module: object, path: string, flags: number = constants.dlopen.RTLD_LAZY): void => {
  const sanitized = join(directory, basename(path));
  load.call(process, module, existsSync(sanitized) ? sanitized : path, flags);
  const { exports } = module as Addon;
  const { SLUICE_PLAIN_BUILD: build } = process.env;
  if (exports.libraryBuild !== undefined && build !== undefined) exports.libraryBuild = () => build;
};

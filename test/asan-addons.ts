/** Preloaded (`node --import`): addons that lie in SLUICE_SANITIZED_ADDONS are loaded from there, whoever asks for them. */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';

const directory = process.env.SLUICE_SANITIZED_ADDONS ?? '';
const load = process.dlopen;

process.dlopen = (module: object, path: string, flags: number = constants.dlopen.RTLD_LAZY): void => {
  const sanitized = join(directory, basename(path));
  load.call(process, module, existsSync(sanitized) ? sanitized : path, flags);
};

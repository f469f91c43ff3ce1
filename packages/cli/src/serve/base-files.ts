/** The rule files of the base: Sluice's own set-up, then the CRS, from the module or from a folder of the user's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crsDirectory, repositoryRoot } from '../setup/paths.ts';
import { ServeError } from './errors.ts';

/** Set-up file and rules, in the layouts that exist: the Go module, a release of the CRS, Debian's package. */
const LAYOUTS: readonly (readonly [setup: string, rules: string])[] = [
  ['rules/@crs-setup.conf.example', 'rules/@owasp_crs'],
  ['crs-setup.conf', 'rules'],
  ['crs-setup.conf.example', 'rules'],
];

export interface BaseFilesOptions {
  readonly crs: boolean;
  /** Null: the CRS that Sluice brings. */
  readonly directory: string | null;
}

/** @throws ServeError CRS_LAYOUT, SetupError SETUP_NOT_DONE */
export function baseFiles({ crs, directory }: BaseFilesOptions): readonly string[] {
  const own = join(repositoryRoot(), 'rules/sluice.conf');
  if (!crs) return [own];
  const root = directory ?? crsDirectory();
  const layout = LAYOUTS.find((paths) => paths.every((path) => existsSync(join(root, path))));
  if (layout === undefined) throw new ServeError('CRS_LAYOUT', { path: root });
  const [setup, rules] = layout;
  return [own, join(root, setup), join(root, rules, '*.conf')];
}

/** `sluice import calico`, as the command line calls it. */
import { readFileSync } from 'node:fs';
import { translateCalico } from '@sluice/controller/calico/translate';
import { EXIT } from '../setup/errors.ts';
import { ImportError } from './errors.ts';
import { type File, readObjects } from './read.ts';
import { manifestsOf, renderYaml } from './render.ts';

export interface ImportCalicoFlags {
  readonly json?: true;
  /** Where RuleSets and alerts of the cluster will stand. */
  readonly systemNamespace: string;
}

interface Output {
  write(text: string): unknown;
}

const STANDARD_INPUT = '-';

function readFile(path: string): File {
  try {
    return { path, text: readFileSync(path === STANDARD_INPUT ? 0 : path, 'utf8') };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ImportError('IMPORT_UNREADABLE', { path, reason }, error);
  }
}

/**
 * @returns the exit code: 1 where nothing comes of an object
 * @throws ImportError IMPORT_UNREADABLE
 */
export function runImportCalico(
  paths: readonly string[],
  { json, systemNamespace }: ImportCalicoFlags,
  stdout: Output,
): number {
  const { objects, others } = readObjects(paths.map(readFile));
  const translation = translateCalico(objects, { names: 'own', systemNamespace });
  const manifests = manifestsOf(translation);
  const { reports } = translation;
  stdout.write(
    json === true
      ? `${JSON.stringify({ objects: manifests, reports, others }, null, 2)}\n`
      : renderYaml(translation, manifests, others),
  );
  return reports.every(({ accepted }) => accepted) ? EXIT.ok : EXIT.failed;
}

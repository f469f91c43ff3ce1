/** Vectors lie one file a name: `vectors/urlDecode.ts` holds those of urlDecode. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const EXTENSION = '.ts';

/**
 * What each file of a folder exports as VECTORS, by the file's name.
 *
 * @param directory the absolute path of a folder named `vectors`
 */
export async function readVectorFiles<Vectors>(directory: string): Promise<ReadonlyMap<string, Vectors>> {
  const files = readdirSync(directory).filter((file) => file.endsWith(EXTENSION));
  const entries = files.sort().map(async (file): Promise<[string, Vectors]> => {
    const { VECTORS } = (await import(pathToFileURL(join(directory, file)).href)) as { VECTORS: Vectors };
    return [file.slice(0, -EXTENSION.length), VECTORS];
  });
  return new Map(await Promise.all(entries));
}

/** A value as the name of a test shows it: whole where it is short. */
export const shown = (value: string): string =>
  value.length <= 60
    ? JSON.stringify(value)
    : `${JSON.stringify(value.slice(0, 40))}… (${value.length} bytes)`;

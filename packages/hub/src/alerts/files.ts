/** Alerts in files: documents of YAML or JSON, each a GlobalAlert of Calico's or an Alert of ours, as they are applied to a cluster. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { HubError } from '../errors.ts';
import { type AlertDefinition, defineAlert } from './definition.ts';

const ENDINGS = ['.yaml', '.yml', '.json'];

const KINDS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['projectcalico.org/v3', 'GlobalAlert'],
  ['sluice.dev/v1alpha1', 'Alert'],
];

export interface ReadAlerts {
  readonly definitions: readonly AlertDefinition[];
  /** What cannot be used, each with its file; the others are in force all the same. */
  readonly faults: readonly HubError[];
}

/** An alert as it stands in a file: its spec is not read yet. */
export interface AlertDocument {
  readonly name: string;
  /** Of an Alert of ours that names one. */
  readonly namespace: string | null;
  readonly spec: unknown;
}

/**
 * @param paths files and folders; of a folder, the files with an ending of YAML or JSON
 * @throws HubError HUB_FILE
 */
export function readAlerts(paths: readonly string[]): ReadAlerts {
  const definitions = new Map<string, AlertDefinition>();
  const faults: HubError[] = [];
  for (const path of paths.flatMap(filesAt)) {
    for (const found of documentsOf(path)) {
      try {
        const definition = defined(alertOf(path, found));
        if (definitions.has(definition.name))
          throw fault(path, `two alerts have the name ${definition.name}`);
        definitions.set(definition.name, definition);
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        faults.push(error);
      }
    }
  }
  return { definitions: [...definitions.values()], faults };
}

/** Of one file, as they are written. @throws HubError HUB_FILE, ALERT_INVALID */
export const readAlertSpecs = (path: string): readonly AlertDocument[] =>
  filesAt(path).flatMap((file) => documentsOf(file).map((found) => alertOf(file, found)));

/** One with a namespace sees what that namespace may, as in a cluster. */
export const defined = ({ name, namespace, spec }: AlertDocument): AlertDefinition =>
  namespace === null ? defineAlert(name, spec) : defineAlert(`${namespace}/${name}`, spec, { namespace });

const fault = (alert: string, reason: string): HubError => new HubError('ALERT_INVALID', { alert, reason });

function filesAt(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => ENDINGS.includes(extname(name)))
      .toSorted()
      .map((name) => join(path, name));
  } catch (cause) {
    throw new HubError(
      'HUB_FILE',
      { path, reason: cause instanceof Error ? cause.message : String(cause) },
      cause,
    );
  }
}

function documentsOf(path: string): readonly unknown[] {
  return parseAllDocuments(textOf(path))
    .filter((document) => document.contents !== null)
    .map((document): unknown => {
      const [error] = document.errors;
      return error === undefined ? document.toJS() : { unreadable: error.message };
    });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HubError('HUB_FILE', { path, reason }, cause);
  }
}

/** As the definition of the kind has it: a GlobalAlert knows no cooldown. */
const OWN_COOLDOWN = '1h';

function alertOf(path: string, found: unknown): AlertDocument {
  const { apiVersion, kind, metadata, spec, unreadable } = (found ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof unreadable === 'string') throw fault(path, unreadable);
  if (!KINDS.some(([version, name]) => version === apiVersion && name === kind)) {
    const known = KINDS.map((each) => each.join(' ')).join(' or ');
    throw fault(path, `${String(apiVersion)} ${String(kind)} is no alert: ${known}`);
  }
  const { name, namespace } = (metadata ?? {}) as { readonly name?: unknown; readonly namespace?: unknown };
  if (typeof name !== 'string' || name === '') throw fault(path, 'it has no metadata.name');
  if (kind === 'GlobalAlert') return { name, namespace: null, spec };
  const withCooldown = typeof spec === 'object' && spec !== null ? { cooldown: OWN_COOLDOWN, ...spec } : spec;
  return { name, namespace: typeof namespace === 'string' ? namespace : null, spec: withCooldown };
}

/** Alerts in files: documents of YAML or JSON, each a GlobalAlert of Calico's or an Alert of ours, as they are applied to a cluster. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { type Document, parseAllDocuments } from 'yaml';
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
  readonly kind: 'Alert' | 'GlobalAlert';
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
  for (const path of paths.flatMap(alertFilesAt)) {
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
  alertFilesAt(path).flatMap((file) => documentsOf(file).map((found) => alertOf(file, found)));

/**
 * Of one alert as somebody writes it.
 * @param place that a fault names
 * @throws HubError ALERT_INVALID where it is none, or more than one
 */
export function readAlertText(text: string, place: string): AlertDocument {
  const [found, ...others] = documentsIn(text);
  if (found === undefined) throw fault(place, 'there is nothing in it');
  if (others.length > 0) throw fault(place, 'it has more than one document');
  return alertOf(place, found);
}

/** One with a namespace sees what that namespace may, as in a cluster. */
export const defined = ({ name, namespace, spec }: AlertDocument): AlertDefinition =>
  namespace === null ? defineAlert(name, spec) : defineAlert(`${namespace}/${name}`, spec, { namespace });

const fault = (alert: string, reason: string): HubError => new HubError('ALERT_INVALID', { alert, reason });

/** Files of alerts at a path: itself, or those of a folder. @throws HubError HUB_FILE */
export function alertFilesAt(path: string): readonly string[] {
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

const documentsOf = (path: string): readonly unknown[] => documentsIn(textOf(path));

const documentsIn = (text: string): readonly unknown[] =>
  parseAllDocuments(text)
    .filter((document) => document.contents !== null)
    .map((document): unknown => {
      const [error] = document.errors;
      return error === undefined ? contentOf(document) : { unreadable: error.message };
    });

/** Aliases that stand for more than a text could hold are refused by the parser. */
function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
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
  if (kind === 'GlobalAlert') return { kind, name, namespace: null, spec };
  const withCooldown = typeof spec === 'object' && spec !== null ? { cooldown: OWN_COOLDOWN, ...spec } : spec;
  return {
    kind: 'Alert',
    name,
    namespace: typeof namespace === 'string' ? namespace : null,
    spec: withCooldown,
  };
}

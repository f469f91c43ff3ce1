/** ship.yaml: read once, checked whole, every problem told with its place. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ShipConfig, type SinkSettings, shipSchema } from '@sluice/shipper';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ShipError } from './errors.ts';

const CONFIG_BYTES_MAX = 1_048_576;
const PROBLEMS_MAX = 20;

/** Settings of sinks that are paths, wherever they stand. */
const PATH_SETTINGS: ReadonlySet<string> = new Set([
  'ca',
  'cert',
  'key',
  'path',
  'directory',
  'passwordFile',
  'apiKeyFile',
  'tokenFile',
]);

/**
 * Paths in the file are taken from the file's own folder.
 * @throws ShipError SHIP_CONFIG_UNREADABLE, SHIP_CONFIG_INVALID
 */
export function loadShipConfig(path: string): ShipConfig {
  let text: string;
  try {
    if (statSync(path).size > CONFIG_BYTES_MAX) {
      throw new ShipError('SHIP_CONFIG_UNREADABLE', { path, reason: `more than ${CONFIG_BYTES_MAX} bytes` });
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof ShipError) throw cause;
    throw new ShipError('SHIP_CONFIG_UNREADABLE', { path, reason: reasonOf(cause) }, cause);
  }
  return parseShipConfig(text, path);
}

/**
 * @param file the name shown in errors, whose folder relative paths start from
 * @throws ShipError SHIP_CONFIG_INVALID
 */
export function parseShipConfig(text: string, file: string): ShipConfig {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw new ShipError('SHIP_CONFIG_INVALID', { place: placeOf(fault.pos[0]), reason: fault.message });
  }
  const result = shipSchema.safeParse(valuesOf(document, file));
  if (result.success) return withAbsolutePaths(result.data, dirname(resolve(file)));
  const told = result.error.issues.flatMap(innermost).map(({ path, message }) => ({
    place: placeOf(offsetOf(document, path)),
    reason: path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  }));
  const [first = { place: file, reason: 'not a valid configuration' }, ...others] = told;
  const more = others.slice(0, PROBLEMS_MAX - 1).map(({ place, reason }) => `\n${place}: ${reason}`);
  throw new ShipError('SHIP_CONFIG_INVALID', { place: first.place, reason: first.reason + more.join('') });
}

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function valuesOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    // Aliases that expand without end, or that name no anchor.
    throw new ShipError('SHIP_CONFIG_INVALID', { place: file, reason: reasonOf(cause) }, cause);
  }
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of a union what its first kind says that has something to say below the whole. */
function innermost({ path, message, ...issue }: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code !== 'invalid_union') return [{ path, message }];
  const [inner] = issue.errors.filter((each) => each.length > 0);
  if (inner === undefined) return [{ path, message }];
  return inner.flatMap((each) => innermost(each)).map((each) => ({ ...each, path: [...path, ...each.path] }));
}

/** Where the value at a path starts, or the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range?.[0] ?? 0;
}

function withAbsolutePaths(config: ShipConfig, folder: string): ShipConfig {
  const absolute = (path: string): string => resolve(folder, path);
  return {
    ...config,
    spools: config.spools.map(absolute),
    state: absolute(config.state),
    sinks: config.sinks.map((sink) => withPaths(sink, absolute)),
  };
}

/** Every kind of sink has its own; what is a path is known by its name. */
function withPaths(sink: SinkSettings, absolute: (path: string) => string): SinkSettings {
  const mapped = (value: object): object =>
    Object.fromEntries(
      Object.entries(value).map(([name, each]: [string, unknown]) => {
        if (typeof each === 'string' && PATH_SETTINGS.has(name)) return [name, absolute(each)];
        return [
          name,
          typeof each === 'object' && each !== null && !Array.isArray(each) ? mapped(each) : each,
        ];
      }),
    );
  // The same keys with the same kinds of values.
  return mapped(sink) as SinkSettings;
}

/** hub.yaml: read once, checked whole, every problem told with its place. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { HubError } from '../errors.ts';
import { type HubConfig, hubSchema, type StoreConfig } from './schema.ts';

const CONFIG_BYTES_MAX = 1_048_576;
const PROBLEMS_MAX = 20;

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/**
 * Paths in the file are taken from the file's own folder.
 * @throws HubError HUB_CONFIG_UNREADABLE, HUB_CONFIG_INVALID
 */
export function loadHubConfig(path: string): HubConfig {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > CONFIG_BYTES_MAX) {
      const reason = `it has more than ${CONFIG_BYTES_MAX} bytes`;
      throw new HubError('HUB_CONFIG_UNREADABLE', { path, reason });
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw new HubError('HUB_CONFIG_UNREADABLE', { path, reason: reasonOf(cause) }, cause);
  }
  return parseHubConfig(text, path);
}

/**
 * @param file the name shown in errors, whose folder relative paths start from
 * @throws HubError HUB_CONFIG_INVALID
 */
export function parseHubConfig(text: string, file: string): HubConfig {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw new HubError('HUB_CONFIG_INVALID', { place: placeOf(fault.pos[0]), reason: fault.message });
  }
  const result = hubSchema.safeParse(valuesOf(document, file));
  if (result.success) return withAbsolutePaths(result.data, dirname(resolve(file)));
  const problems = result.error.issues.flatMap(innermost).slice(0, PROBLEMS_MAX);
  const told = problems.map(({ path, message }) => ({
    place: placeOf(offsetOf(document, path)),
    reason: path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  }));
  const [first = { place: file, reason: 'not a valid configuration' }, ...others] = told;
  const more = others.map(({ place, reason }) => `\n${place}: ${reason}`).join('');
  throw new HubError('HUB_CONFIG_INVALID', { place: first.place, reason: first.reason + more });
}

function valuesOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    // Aliases that expand without end, or that name no anchor.
    throw new HubError('HUB_CONFIG_INVALID', { place: file, reason: reasonOf(cause) }, cause);
  }
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of a union what its last kind says: `false` is one for each of ours, and nobody means it who writes a map. */
function innermost({ path, message, ...issue }: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code !== 'invalid_union') return [{ path, message }];
  const last = issue.errors.at(-1) ?? [];
  if (last.length === 0) return [{ path, message }];
  return last.flatMap((each) => innermost(each)).map((each) => ({ ...each, path: [...path, ...each.path] }));
}

/** Where the value at a path starts, or the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range?.[0] ?? 0;
}

function withAbsolutePaths(config: HubConfig, folder: string): HubConfig {
  const absolute = (path: string): string => resolve(folder, path);
  const { nodes, queries, store, spools, state } = config;
  const { tls, tokenFile } = queries;
  return {
    ...config,
    nodes: nodes === false ? false : { ...nodes, tls: mapValues(nodes.tls, absolute) },
    queries: {
      ...queries,
      tls: tls === undefined ? undefined : mapValues(tls, absolute),
      tokenFile: tokenFile === undefined ? undefined : absolute(tokenFile),
    },
    store: storeWithPaths(store, absolute),
    spools: spools.map(absolute),
    state: absolute(state),
  };
}

function storeWithPaths(store: StoreConfig, absolute: (path: string) => string): StoreConfig {
  if (store.type === 'sqlite') return { ...store, path: absolute(store.path) };
  const { auth, tls } = store;
  const ca = tls.ca === undefined ? {} : { ca: absolute(tls.ca) };
  const paths = { ...store, tls: { ...tls, ...ca } };
  if (auth === undefined) return paths;
  if ('apiKeyFile' in auth) return { ...paths, auth: { apiKeyFile: absolute(auth.apiKeyFile) } };
  return { ...paths, auth: { ...auth, passwordFile: absolute(auth.passwordFile) } };
}

function mapValues<K extends string>(
  values: Readonly<Record<K, string>>,
  map: (value: string) => string,
): Record<K, string> {
  const mapped = Object.entries<string>(values).map(([name, value]) => [name, map(value)]);
  return Object.fromEntries(mapped) as Record<K, string>;
}

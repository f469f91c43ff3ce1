/** sluice.yaml: read once, checked whole, every problem told with its place. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { FloodLimits } from '@sluice/spool';
import { LineCounter, parseDocument, YAMLParseError } from 'yaml';
import type { ListenAddress } from './address.ts';
import type { CaptureConfig } from './capture/capture.ts';
import { explainIssue, valueOffset } from './config-issues.ts';
import { configSchema } from './config-schema.ts';
import { type ConfigPosition, reasonOf, ServerError } from './errors.ts';
import type { L7Settings } from './l7/limits.ts';
import type { ServerLimits } from './limits.ts';
import type { LogLevel } from './log.ts';
import type { SelectConfig } from './policies/select.ts';
import type { PolicyConfig } from './policy.ts';

export type { PolicyConfig } from './policy.ts';

export interface Config {
  /** What whoever writes the file calls it: told by /reload once it is in force, and when it is refused. */
  readonly revision: string | null;
  readonly listen: readonly ListenAddress[];
  readonly transport: 'http2' | 'grpc-js';
  /** False: no HTTP for operators. */
  readonly admin: { readonly host: string; readonly port: number } | false;
  readonly log: { readonly level: LogLevel };
  /** Whether the CRS is loaded, and from where; null is the one that Sluice brings. */
  readonly rules: {
    readonly crs: boolean;
    readonly directory: string | null;
    /** A CRS that is rehearsed beside the one in force: it judges copies of requests and decides nothing. Null: none. */
    readonly candidate: string | null;
  };
  readonly limits: ServerLimits;
  readonly drain: { readonly noticeMillis: number; readonly waitMillis: number };
  readonly events: EventsConfig;
  /** Whole requests, sealed for whom it names. False, the default: none. */
  readonly capture: CaptureConfig | false;
  /** All HTTP that passes, counted. False: it is not. */
  readonly l7: L7Settings | false;
  /** By name; `default` is always there. */
  readonly policies: Readonly<Record<string, PolicyConfig>> & { readonly default: PolicyConfig };
  /** Which policy a request has where Envoy names none. */
  readonly select: SelectConfig;
}

/** Where events go. */
export interface EventsConfig {
  /** As lines of JSON to standard output; where nothing is said, unless there is a spool. */
  readonly stdout: boolean;
  /** The node's name in events; where nothing is said, the machine's. */
  readonly node: string;
  /** With the key of the hashes of masked values. Null: there are none. */
  readonly hashKeyFile: string | null;
  readonly spool: SpoolConfig | false;
  /** Path of who stands behind which address (workloads/workload-file.ts). Null: events do not say it. */
  readonly workloads: string | null;
}

export interface SpoolConfig {
  readonly directory: string;
  readonly bytesMax: number;
  readonly segmentBytes: number;
  readonly bufferBytesMax: number;
  readonly whenFull: 'dropOldest' | 'dropNewest';
  readonly fsync: 'never' | 'interval' | 'always';
  readonly fsyncMillis: number;
  readonly flood: FloodLimits;
}

const CONFIG_BYTES_MAX = 1_048_576;
const PROBLEMS_MAX = 20;

/** A configuration with the places that its settings come from. */
export interface LocatedConfig {
  readonly config: Config;
  /** Where the value of a setting starts, by its path of keys; null where the file leaves it at its default. */
  placeOf(path: readonly (string | number)[]): ConfigPosition | null;
}

/**
 * Paths in the file are taken from the file's own folder.
 * @throws ServerError CONFIG_UNREADABLE, CONFIG_SYNTAX, CONFIG_INVALID
 */
export const loadConfig = (path: string): Config => loadLocatedConfig(path).config;

/** As `loadConfig`. */
export function loadLocatedConfig(path: string): LocatedConfig {
  let text: string;
  try {
    if (statSync(path).size > CONFIG_BYTES_MAX) {
      const reason = `more than ${CONFIG_BYTES_MAX} bytes`;
      throw new ServerError('CONFIG_UNREADABLE', { path, reason });
    }
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    throw new ServerError('CONFIG_UNREADABLE', { path, reason: reasonOf(cause) }, { cause });
  }
  return parseLocatedConfig(text, path);
}

/**
 * @param file the name shown in errors, whose folder relative paths start from
 * @param now milliseconds since the epoch: exclusions that have ended before are left out
 * @throws ServerError CONFIG_SYNTAX, CONFIG_INVALID
 */
export const parseConfig = (text: string, file: string, now = Date.now()): Config =>
  parseLocatedConfig(text, file, now).config;

/** As `parseConfig`. */
export function parseLocatedConfig(text: string, file: string, now = Date.now()): LocatedConfig {
  const lines = new LineCounter();
  const at = (offset: number): ConfigPosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw new ServerError('CONFIG_SYNTAX', { reason: fault.message }, { position: at(fault.pos[0]) });
  }
  const result = configSchema.safeParse(readValues(document, file));
  if (result.success) {
    return {
      config: withAbsolutePaths(withoutExpired(result.data, now), dirname(resolve(file))),
      placeOf(path) {
        const offset = valueOffset(document, path);
        return offset === null ? null : at(offset);
      },
    };
  }
  const problems = result.error.issues.flatMap((issue) => explainIssue(issue, document));
  const [first, ...others] = problems;
  const shown = others.slice(0, PROBLEMS_MAX - 1).map((problem) => {
    const { line, column } = at(problem.offset);
    return `\n${file}:${line}:${column}: ${problem.reason}`;
  });
  const reason = (first?.reason ?? 'not a valid configuration') + shown.join('');
  throw new ServerError('CONFIG_INVALID', { reason }, { position: at(first?.offset ?? 0) });
}

/** The document as plain values; an empty file has all defaults. */
function readValues(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    // Aliases that expand without end, or that name no anchor.
    const offset = cause instanceof YAMLParseError ? cause.pos[0] : 0;
    const position = { file, line: 1, column: offset + 1 };
    throw new ServerError('CONFIG_SYNTAX', { reason: reasonOf(cause) }, { position, cause });
  }
}

/** What has expired is as if it were not written: it cannot come into force by a start or a reload. */
function withoutExpired(config: Config, now: number): Config {
  const held = (policy: PolicyConfig): PolicyConfig => ({
    ...policy,
    exclusions: policy.exclusions.filter(({ expires }) => (expires ?? Number.POSITIVE_INFINITY) > now),
  });
  const named = Object.entries(config.policies).map(([name, policy]) => [name, held(policy)] as const);
  return {
    ...config,
    policies: { ...Object.fromEntries(named), default: held(config.policies.default) },
  };
}

function withAbsolutePaths(config: Config, folder: string): Config {
  const absolute = (path: string): string => resolve(folder, path);
  const withFiles = (policy: PolicyConfig): PolicyConfig => ({
    ...policy,
    ruleFiles: {
      before: policy.ruleFiles.before.map(absolute),
      after: policy.ruleFiles.after.map(absolute),
    },
  });
  const named = Object.entries(config.policies).map(([name, policy]) => [name, withFiles(policy)] as const);
  const { directory, candidate } = config.rules;
  const { spool, hashKeyFile, workloads } = config.events;
  const { capture } = config;
  return {
    ...config,
    rules: {
      ...config.rules,
      directory: directory === null ? null : absolute(directory),
      candidate: candidate === null ? null : absolute(candidate),
    },
    events: {
      ...config.events,
      hashKeyFile: hashKeyFile === null ? null : absolute(hashKeyFile),
      workloads: workloads === null ? null : absolute(workloads),
      spool: spool === false ? false : { ...spool, directory: absolute(spool.directory) },
    },
    capture: capture === false ? false : { ...capture, directory: absolute(capture.directory) },
    policies: { ...Object.fromEntries(named), default: withFiles(config.policies.default) },
  };
}

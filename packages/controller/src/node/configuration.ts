/** sluice.yaml of a node: what its operator gave as a base, with the policies that were planned. Written as JSON, which is YAML. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseConfig } from '@sluice/server/config';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { digestOfJson } from '../canonical-json.ts';
import { ControllerError, reasonOf } from '../errors.ts';
import { NODE_LIMITS } from './limits.ts';

/** An entry of `policies`. */
export type Entry = Readonly<Record<string, unknown>>;

/** A base with absolute paths. */
export type Base = Readonly<Record<string, unknown>>;

export interface Written {
  readonly revision: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

const REVISION_CHARACTERS = 16;

const record = z.record(z.string(), z.unknown());
const baseSchema = z.looseObject({
  rules: record.optional(),
  events: record.optional(),
  policies: z.record(z.string(), record).optional(),
});
const writtenSchema = z.looseObject({ revision: z.string(), policies: z.record(z.string(), record) });

/** @throws ControllerError NODE_BASE_INVALID */
export async function readBase(path: string): Promise<Base> {
  try {
    const { size } = statSync(path);
    const { baseBytesMax } = NODE_LIMITS;
    if (size > baseBytesMax)
      throw new ControllerError('NODE_BASE_INVALID', {
        reason: `${path} has more than ${baseBytesMax} bytes`,
      });
    const text = await readFile(path, 'utf8');
    // The server's own words, with places, for whatever is wrong in it.
    parseConfig(text, path);
    return withAbsolutePaths(baseSchema.parse(parseYaml(text) ?? {}), dirname(resolve(path)));
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    throw new ControllerError('NODE_BASE_INVALID', { reason: reasonOf(error) }, error);
  }
}

/** Paths of the base are taken from its own folder, and sluice.yaml stands in another. */
function withAbsolutePaths(base: z.infer<typeof baseSchema>, folder: string): Base {
  const absolute = (value: unknown): unknown => (typeof value === 'string' ? resolve(folder, value) : value);
  const absolutes = (value: unknown): unknown => (Array.isArray(value) ? value.map(absolute) : value);
  const at = (value: unknown, ...names: readonly string[]): Readonly<Record<string, unknown>> => {
    const given = record.safeParse(value).data ?? {};
    return {
      ...given,
      ...Object.fromEntries(names.flatMap((name) => (name in given ? [[name, absolute(given[name])]] : []))),
    };
  };
  const { rules, events, policies } = base;
  const spool = record.safeParse(events?.spool).success ? { spool: at(events?.spool, 'directory') } : {};
  const withFiles = (policy: Entry): Entry => {
    const files = record.safeParse(policy.ruleFiles).data;
    if (files === undefined) return policy;
    return {
      ...policy,
      ruleFiles: Object.fromEntries(Object.entries(files).map(([side, paths]) => [side, absolutes(paths)])),
    };
  };
  return {
    ...base,
    ...(rules === undefined ? {} : { rules: at(rules, 'directory', 'candidate') }),
    ...(events === undefined ? {} : { events: { ...at(events, 'hashKeyFile', 'workloads'), ...spool } }),
    ...(policies === undefined
      ? {}
      : {
          policies: Object.fromEntries(Object.entries(policies).map(([name, own]) => [name, withFiles(own)])),
        }),
  };
}

export interface Composition {
  readonly base: Base;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Of the node, in events. */
  readonly node: string;
  /** Path of the file of workloads. */
  readonly workloads: string;
}

export interface Composed {
  readonly text: string;
  readonly revision: string;
}

/** A planned policy comes before one of the base that has its name; who stands behind addresses is in the file that is written here. */
export function compose({ base, entries, node, workloads }: Composition): Composed {
  const { events, policies } = baseSchema.parse(base);
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const document = {
    ...base,
    events: { node, ...events, workloads },
    policies: { ...policies, ...Object.fromEntries(sorted) },
  };
  const revision = digestOfJson(document).slice(0, REVISION_CHARACTERS);
  return { revision, text: `${JSON.stringify({ revision, ...document }, null, 1)}\n` };
}

/** Names of the policies that a base has itself. */
export const policyNames = (base: Base): readonly string[] =>
  Object.keys(record.safeParse(base.policies).data ?? {});

/** What a file says that was composed here; null for any other. */
export function writtenIn(text: string | null): Written | null {
  if (text === null) return null;
  try {
    const { revision, policies } = writtenSchema.parse(JSON.parse(text));
    return { revision, entries: new Map(Object.entries(policies)) };
  } catch {
    // Somebody else's, or of another version: nothing of it can be kept.
    return null;
  }
}

/** Why the server would not take it, by its own schema; empty where it would. @param file where it will stand */
export function faultIn(text: string, file: string): string {
  try {
    parseConfig(text, file);
    return '';
  } catch (error) {
    return reasonOf(error);
  }
}

/** Entries that the server's schema refuses, each for itself, with the reason. */
export function refusedEntries(composition: Composition, file: string): ReadonlyMap<string, string> {
  const refused = new Map<string, string>();
  for (const [name, entry] of composition.entries) {
    const fault = faultIn(compose({ ...composition, entries: new Map([[name, entry]]) }).text, file);
    if (fault !== '') refused.set(name, fault);
  }
  return refused;
}

const ruleFilesSchema = z.looseObject({
  ruleFiles: z.looseObject({
    before: z.array(z.string()).default([]),
    after: z.array(z.string()).default([]),
  }),
});

/** Paths of an entry's rule files, as it has them. */
export function ruleFilesOf(entry: Entry): readonly string[] {
  const { data } = ruleFilesSchema.safeParse(entry);
  return data === undefined ? [] : [...data.ruleFiles.before, ...data.ruleFiles.after];
}

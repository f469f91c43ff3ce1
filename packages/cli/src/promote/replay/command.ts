/** `sluice promote replay`: what Block would have stopped of captured requests, by the rules of a configuration and with exclusions that are tried. */
import { type CapturedRequest, type Config, loadConfig } from '@sluice/server';
import type { EventsEnvironment } from '../../events/session.ts';
import { oneLine, safeJson } from '../../events/text.ts';
import { EXIT } from '../../setup/errors.ts';
import { PromoteError } from '../errors.ts';
import { type Judge, type Judged, judgeBy, type Matched } from './judge.ts';
import { readCaptures, readExclusions } from './read.ts';

export interface ReplayFlags {
  readonly key: string;
  readonly config: string;
  readonly policy?: string;
  readonly with?: string;
  readonly rules?: string;
  readonly json?: true;
}

/** A request that Block stops, by one of both. */
interface Stopped {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly policy: string;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  readonly cause: string;
  readonly matched: readonly Matched[];
}

export interface ReplayReport {
  readonly files: number;
  /** Files whose end is missing: what was behind it is not known. */
  readonly incomplete: readonly string[];
  /** Files of folders that are for other keys. */
  readonly otherKeys: readonly string[];
  readonly requests: number;
  /** Of a policy that the configuration does not have, or not the one that is asked for. */
  readonly passedOver: number;
  readonly from: string | null;
  readonly to: string | null;
  /** By the configuration as it is. */
  readonly stoppedAsItIs: number;
  /** With the exclusions that are tried; the same where there are none. */
  readonly stopped: number;
  /** Those that the exclusions let pass. */
  readonly letPass: readonly Stopped[];
  readonly blocked: readonly Stopped[];
}

const EXAMPLES = 3;

/**
 * @returns 0, also where something would be blocked
 * @throws PromoteError PROMOTE_OPTION, ServerError CAPTURE_KEY, CAPTURE_DAMAGED, and the errors of configurations and rules
 */
export function runReplay(
  captures: readonly string[],
  flags: ReplayFlags,
  { stdout }: Pick<EventsEnvironment, 'stdout'>,
): number {
  const report = replay(captures, flags);
  stdout.write(flags.json === true ? `${safeJson(report, 2)}\n` : shown(report, flags.with !== undefined));
  return EXIT.ok;
}

function configOf({ config: path, rules, policy }: ReplayFlags): Config {
  const config = loadConfig(path);
  if (policy !== undefined && !Object.hasOwn(config.policies, policy)) {
    const reason = `${path} has none that is named ${policy}`;
    throw new PromoteError('PROMOTE_POLICY', { reason });
  }
  return rules === undefined ? config : { ...config, rules: { ...config.rules, directory: rules } };
}

function replay(captures: readonly string[], flags: ReplayFlags): ReplayReport {
  const config = configOf(flags);
  const asItIs = judgeBy(config);
  const tried: Judge = flags.with === undefined ? asItIs : judgeBy(config, readExclusions(flags.with));
  const isMeant = ({ policy }: CapturedRequest): boolean =>
    flags.policy === undefined ? Object.hasOwn(config.policies, policy) : policy === flags.policy;
  const found = { files: 0, requests: 0, passedOver: 0, stoppedAsItIs: 0 };
  const [incomplete, otherKeys]: [string[], string[]] = [[], []];
  const [letPass, blocked]: [Stopped[], Stopped[]] = [[], []];
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const read of readCaptures(captures, flags.key)) {
    if ('recipient' in read) {
      otherKeys.push(read.path);
      continue;
    }
    found.files++;
    if (!read.isWhole) incomplete.push(read.path);
    for (const request of read.requests) {
      if (!isMeant(request)) {
        found.passedOver++;
        continue;
      }
      found.requests++;
      [from, to] = [Math.min(from, request.at), Math.max(to, request.at)];
      const before = asItIs(request);
      const after = tried === asItIs ? before : tried(request);
      if (before.denied) found.stoppedAsItIs++;
      if (after.denied) blocked.push(stoppedOf(request, after));
      else if (before.denied) letPass.push(stoppedOf(request, before));
    }
  }
  const time = (at: number): string | null => (Number.isFinite(at) ? new Date(at).toISOString() : null);
  const times = { from: time(from), to: time(to) };
  return { ...found, ...times, incomplete, otherKeys, stopped: blocked.length, letPass, blocked };
}

function stoppedOf({ at, policy, attributes }: CapturedRequest, { cause, matched }: Judged): Stopped {
  const { id, client, method, uri } = attributes;
  // What is behind the question mark may hold what a terminal is not to be shown.
  const [path = ''] = uri.split('?', 1);
  return {
    ...{ id, at: new Date(at).toISOString(), policy, source: client.address, method, path },
    ...{ cause, matched },
  };
}

function shown(report: ReplayReport, isTried: boolean): string {
  const { files, requests, passedOver, from, to, incomplete, stoppedAsItIs, stopped, letPass, blocked } =
    report;
  const time = from === null ? '' : `, ${from} to ${to}`;
  const lines = [
    `${requests} requests of ${files} captures${time}`,
    ...(passedOver === 0 ? [] : [`${passedOver} of other policies are passed over`]),
    ...report.otherKeys.map((path) => oneLine(`${path} is for another key and passed over`)),
    ...incomplete.map((path) => oneLine(`${path} has no end: what was behind it is not known`)),
    `Block stops ${stoppedAsItIs} of them by the policy as it is`,
    ...(isTried
      ? [`Block stops ${stopped} of them with the exclusions, which let ${letPass.length} pass`]
      : []),
    ...groupLines('would be blocked', blocked),
    ...(isTried ? groupLines('would pass by the exclusions', letPass) : []),
  ];
  return `${lines.join('\n')}\n`;
}

const placesOf = ({ cause, matched }: Stopped): string =>
  cause !== ''
    ? `not inspectable: ${cause}`
    : [...new Set(matched.map(({ rule, target }) => `${rule} in ${target}`))].join(', ');

/** All of them, by what they are stopped for and where. */
function groupLines(title: string, stopped: readonly Stopped[]): readonly string[] {
  if (stopped.length === 0) return [];
  const groups = Map.groupBy(stopped, (each) => `${each.method} ${each.path}  ${placesOf(each)}`);
  const sorted = [...groups].toSorted((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  return [
    `${title}:`,
    ...sorted.map(([what, all]) => {
      const sources = new Set(all.map(({ source }) => source)).size;
      const ids = all.slice(0, EXAMPLES).map(({ id }) => id);
      return oneLine(`  ${all.length} requests of ${sources} sources  ${what}  (${ids.join(', ')})`);
    }),
  ];
}

/** `sluice inspect`, as the command line calls it. */
import { EXIT } from '../setup/errors.ts';
import { type CurlFlags, requestFromFlags } from './curl.ts';
import { InspectError } from './errors.ts';
import { proposeExclusions } from './exclusions.ts';
import { requestsFromHar } from './har.ts';
import { readInput } from './input.ts';
import { requestFromRaw } from './raw.ts';
import { renderLine, renderStory } from './render.ts';
import { styleFor } from './render-value.ts';
import { type InspectedRequest, makeRequest, type RequestParts } from './request.ts';
import { type InspectRules, loadInspectRules, type RuleFlags } from './rules.ts';
import { blocks, judge, type Story, tellStory } from './story.ts';
import { storyToJson } from './to-json.ts';

/** What commander has read. */
export interface InspectFlags extends CurlFlags, RuleFlags {
  readonly raw?: string;
  readonly har?: string;
  readonly client: string;
  readonly verbose?: true;
  readonly json?: true;
}

export interface InspectEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly variables: NodeJS.ProcessEnv;
}

/** The status for a request that is denied, or would be: apart from what errors give. */
export const EXIT_DENIED = 4;

/**
 * Inspects the request, or all requests of a file, and prints what happened.
 *
 * @returns the exit code: 0 where all pass, 4 where one does not
 * @throws InspectError, and the coded errors of rules, policies and set-up
 */
export function runInspect(
  url: string | undefined,
  flags: InspectFlags,
  { stdout, variables }: InspectEnvironment,
): number {
  const requests = readRequests(url, flags);
  const rules = loadInspectRules(flags);
  const stories = requests.map((request) => inspect(rules, request));
  const many = flags.har !== undefined;
  if (flags.json) {
    const data = stories.map(storyToJson);
    stdout.write(`${JSON.stringify(many ? data : data[0], null, 2)}\n`);
  } else {
    const style = styleFor(stdout, variables);
    for (const story of stories) {
      const whole = !many || story.blocks || flags.verbose === true;
      stdout.write(whole ? renderStory(story, style, flags.verbose === true) : renderLine(story, style));
    }
  }
  return stories.some((story) => story.blocks) ? EXIT_DENIED : EXIT.ok;
}

function inspect(rules: InspectRules, request: InspectedRequest): Story {
  const result = judge(rules, rules.ruleSet, request);
  const proposals = blocks(rules, result.verdict) ? proposeExclusions(rules, request, result) : null;
  return tellStory(rules, request, result, proposals);
}

function readRequests(url: string | undefined, flags: InspectFlags): readonly InspectedRequest[] {
  const { raw, har, client } = flags;
  const given = [url, raw, har].filter((source) => source !== undefined);
  if (given.length !== 1) {
    const reason =
      given.length === 0 ? 'there is no request to inspect' : 'there are several requests to inspect';
    throw new InspectError('INSPECT_NO_REQUEST', { reason });
  }
  return readParts(url, flags).map((parts, index) =>
    makeRequest(parts, { id: `inspect-${index + 1}`, client }),
  );
}

function readParts(url: string | undefined, flags: InspectFlags): readonly RequestParts[] {
  if (flags.raw !== undefined) return [requestFromRaw(flags.raw, readInput(flags.raw))];
  if (flags.har !== undefined) return requestsFromHar(flags.har, readInput(flags.har));
  return [requestFromFlags(url ?? '', flags, readInput)];
}

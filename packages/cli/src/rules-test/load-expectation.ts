/** Reads a stage's `output`. */
import { fromText } from './latin1.ts';
import type { StageExpectation } from './stage.ts';
import type { YamlNode } from './yaml-reader.ts';

const KEYS = [
  'status',
  'response_contains',
  'log_contains',
  'no_log_contains',
  'log',
  'expect_error',
  'retry_once',
  'isolated',
];
const LOG_KEYS = ['expect_ids', 'no_expect_ids', 'match_regex', 'no_match_regex'];
const MAXIMUM_ID = 0xffff_ffff;

export function readExpectation(node: YamlNode): StageExpectation {
  const fields = node.fields(KEYS);
  const log = fields.get('log')?.fields(LOG_KEYS) ?? new Map<string, YamlNode>();
  const expectIds = readIds(log.get('expect_ids'));
  const noExpectIds = readIds(log.get('no_expect_ids'));
  const isolated = fields.get('isolated')?.boolean() ?? false;
  if (isolated && expectIds.length !== 1) throw node.fail('isolated needs exactly one id in log.expect_ids');
  // The older keys count only where the newer ones say nothing, as the client has it.
  const matchRegex =
    log.get('match_regex') ?? (expectIds.length > 0 ? undefined : fields.get('log_contains'));
  const noMatchRegex =
    log.get('no_match_regex') ?? (noExpectIds.length > 0 ? undefined : fields.get('no_log_contains'));
  return {
    status: fields.get('status')?.integer(100, 599) ?? null,
    responseContains: readRegex(fields.get('response_contains')),
    expectIds,
    noExpectIds,
    matchRegex: readRegex(matchRegex),
    noMatchRegex: readRegex(noMatchRegex),
    expectError: fields.get('expect_error')?.boolean() ?? false,
    retryOnce: fields.get('retry_once')?.boolean() ?? false,
    isolated,
  };
}

const readIds = (node: YamlNode | undefined): number[] =>
  (node?.items() ?? []).map((item) => item.integer(1, MAXIMUM_ID));

/** Go's syntax: of what JavaScript lacks, flags at the very start are taken; the rest is refused here. */
function readRegex(node: YamlNode | undefined): RegExp | null {
  const pattern = node?.text() ?? '';
  if (node === undefined || pattern === '') return null;
  const [prefix = '', flags = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  try {
    return new RegExp(fromText(pattern.slice(prefix.length)), [...new Set(flags)].join(''));
  } catch (error) {
    throw node.fail(`is not a regular expression: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Rules about the parts of multipart bodies: where a request has none, which is most of the time, they cannot match, and are
 * not asked.
 */
import { leadingInteger } from '../operators/leading-integer.ts';
import type { CompiledLink, CompiledOperator, CompiledRule } from '../rule-set/program.ts';

/** What is empty where `RequestData.hasParts` is false. */
const OF_PARTS: ReadonlySet<string> = new Set([
  'FILES',
  'FILES_NAMES',
  'FILES_SIZES',
  'FILES_TMP_CONTENT',
  'MULTIPART_FILENAME',
  'MULTIPART_NAME',
  'MULTIPART_PART_HEADERS',
]);

/** What the numeric operators say of 0. */
const OF_ZERO: Readonly<Record<string, (limit: number) => boolean>> = {
  eq: (limit) => limit === 0,
  ge: (limit) => limit <= 0,
  gt: (limit) => limit < 0,
  le: (limit) => limit >= 0,
  lt: (limit) => limit > 0,
};

/** Whether a rule cannot match a request whose body has no parts. A missing variable matches nothing; its count is 0. */
export function needsParts({ links }: CompiledRule): boolean {
  const [head] = links;
  if (head === undefined || head.operator === null || head.targets.length === 0) return false;
  const { operator } = head;
  return head.targets.every(
    ({ variable, count }) => OF_PARTS.has(variable) && (!count || refusesZero(operator, head)),
  );
}

function refusesZero(
  { name, text, hasMacros, negated }: CompiledOperator,
  { transformations }: CompiledLink,
): boolean {
  const ofZero = OF_ZERO[name];
  if (ofZero === undefined || hasMacros || transformations.length > 0) return false;
  return ofZero(leadingInteger(text)) === negated;
}

/**
 * A policy as a ConfigMap holds it: named by its digest, and therefore never changed. Who reads it computes the digest
 * again, so that nothing comes into force that was not planned.
 *
 *     policy.json      name, settings, those of the node's table, and where each text of SecLang comes from
 *     before.N.conf    SecLang before the CRS, the Nth (from 0) of `before`
 *     after.N.conf     behind it
 */
import { digestOfJson } from './canonical-json.ts';
import { ControllerError } from './errors.ts';
import { CONTENT_LABEL } from './kinds/names.ts';
import type { PlannedPolicy, RuleText } from './plan/plan.ts';

/** What the API server takes in one ConfigMap: the lengths of its values, in bytes of UTF-8. */
export const POLICY_BYTES_MAX = 1_048_576;

const PREFIX = 'sluice-policy-';
const POLICY_FILE = 'policy.json';

/** Shape of the ConfigMap as it is applied, and as it is read. */
export interface PolicyConfigMap {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly immutable: true;
  readonly data: Readonly<Record<string, string>>;
}

export const policyDigest = (policy: PlannedPolicy): string => digestOfJson(policy);

export const policyConfigMapName = (digest: string): string => `${PREFIX}${digest}`;

/** Null where the name is none of a policy's ConfigMap. */
export function digestOfName(name: string): string | null {
  const digest = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '';
  return /^[0-9a-f]{64}$/.test(digest) ? digest : null;
}

type Place = 'before' | 'after';

const fileOf = (place: Place, at: number): string => `${place}.${at}.conf`;

const filesOf = (place: Place, texts: readonly RuleText[]): readonly (readonly [string, string])[] =>
  texts.map(({ text }, at) => [fileOf(place, at), text] as const);

/** What the ConfigMap holds. */
export function policyData(policy: PlannedPolicy): Readonly<Record<string, string>> {
  const { name, settings, table, before, after } = policy;
  const sources = (texts: readonly RuleText[]): readonly string[] => texts.map(({ source }) => source);
  const head = { name, settings, ...(table && { table }), before: sources(before), after: sources(after) };
  return Object.fromEntries([
    [POLICY_FILE, `${JSON.stringify(head, null, 2)}\n`],
    ...filesOf('before', before),
    ...filesOf('after', after),
  ]);
}

/** More than POLICY_BYTES_MAX cannot be written. */
export const policyBytes = (policy: PlannedPolicy): number =>
  Object.values(policyData(policy)).reduce((sum, text) => sum + Buffer.byteLength(text), 0);

export function policyConfigMap(digest: string, policy: PlannedPolicy, namespace: string): PolicyConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: policyConfigMapName(digest), namespace, labels: { [CONTENT_LABEL]: 'policy' } },
    immutable: true,
    data: policyData(policy),
  };
}

/**
 * @param data of a ConfigMap, as the API server gave it
 * @throws ControllerError POLICY_DAMAGED where this is not what has the digest
 */
export function readPolicy(
  digest: string,
  data: Readonly<Record<string, string>> | undefined,
): PlannedPolicy {
  const damaged = (reason: string, cause?: unknown): ControllerError =>
    new ControllerError('POLICY_DAMAGED', { name: policyConfigMapName(digest), reason }, cause);
  let policy: PlannedPolicy;
  try {
    policy = policyIn(data ?? {});
  } catch (cause) {
    throw damaged(`${POLICY_FILE} is no JSON`, cause);
  }
  if (policyDigest(policy) !== digest) throw damaged('its content has another digest');
  return policy;
}

/** Whatever stands there: the digest decides whether it is a policy. @throws SyntaxError of JSON.parse */
function policyIn(data: Readonly<Record<string, string>>): PlannedPolicy {
  const head: unknown = JSON.parse(data[POLICY_FILE] ?? 'null');
  const { name, settings, table, before, after } = (head ?? {}) as Readonly<Record<string, unknown>>;
  const texts = (place: Place, sources: unknown): readonly RuleText[] =>
    (Array.isArray(sources) ? sources : []).map((source: unknown, at) => ({
      source: String(source),
      text: data[fileOf(place, at)] ?? '',
    }));
  return {
    name: name as string,
    settings: settings as PlannedPolicy['settings'],
    ...(table === undefined ? {} : { table: table as NonNullable<PlannedPolicy['table']> }),
    before: texts('before', before),
    after: texts('after', after),
  };
}

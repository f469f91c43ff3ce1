/** Our own kinds, raw, to what the world has of them. */
import { isDeepStrictEqual } from 'node:util';
import { digestOfJson } from '../canonical-json.ts';
import type { RawObject } from '../cluster/source.ts';
import { reasonOf } from '../errors.ts';
import type { CustomObject } from '../kinds/objects.ts';
import { parseObject, type SpecOf } from '../kinds/parse.ts';
import { problemText } from '../kinds/problems.ts';
import { nodeReportStatus } from '../kinds/schema/node.ts';
import { NODE_UNHEARD_MILLIS } from '../plan/limits.ts';
import type { InvalidObject, NodeState } from '../world.ts';
import { metadataOf } from './metadata.ts';

export type OwnKind = InvalidObject['kind'];

/** An object of ours: as it was when it was last right, and what is wrong with it now. */
export interface Own<Kind extends OwnKind> {
  readonly valid: CustomObject<SpecOf<Kind>> | null;
  readonly invalid: InvalidObject | null;
}

/**
 * One that is not right any more goes on as it was: what it is for would otherwise fall back to what it inherits, which may be
 * weaker.
 */
export function ownOf<Kind extends OwnKind>(
  kind: Kind,
  raw: RawObject,
  before: Own<Kind> | undefined,
): Own<Kind> {
  const metadata = metadataOf(raw);
  const refused = (problem: string): Own<Kind> => {
    const last = before?.valid ?? null;
    // Another object of the same name begins with nothing.
    const valid = last?.metadata.uid === metadata.uid ? last : null;
    return { valid, invalid: { kind, metadata, problem } };
  };
  try {
    const parsed = parseObject(kind, { metadata, spec: raw.spec, status: raw.status });
    if (parsed.kind === 'valid') return { valid: parsed.object, invalid: null };
    return refused(problemText(parsed.problems));
  } catch (error) {
    return refused(reasonOf(error));
  }
}

/**
 * Only its status has changed: the controller's own writing comes back to it. What others write there is found by the comparison
 * of all that stands, now and then.
 */
export function isOwnStatus<Kind extends OwnKind>(before: Own<Kind>, after: Own<Kind>): boolean {
  const [one, other] = [before.valid?.metadata, after.valid?.metadata];
  if (before.invalid !== null || after.invalid !== null || one === undefined || other === undefined)
    return false;
  const { uid, generation, labels, annotations } = other;
  return isDeepStrictEqual({ ...one, uid, generation, labels, annotations }, one);
}

/** A SluiceNode, with what tells it from another of the same name. */
export interface KnownNode {
  readonly uid: string;
  readonly state: NodeState;
}

/** The spec's digest is that of its generation. */
export function nodeOf({ metadata, spec, status }: RawObject, before: KnownNode | undefined): KnownNode {
  const { generation = 0, uid } = metadata;
  const report = nodeReportStatus.safeParse(status);
  const isSame = before?.uid === uid && before.state.generation === generation;
  const specDigest = isSame ? before.state.specDigest : digestOfJson(spec ?? null);
  return { uid, state: { generation, specDigest, report: report.success ? report.data : null } };
}

/** A node that says the same again is heard, and changes nothing; but for one that was silent so long that it counted for nothing. */
export function isHeartbeat({ state: before }: KnownNode, { state: after }: KnownNode): boolean {
  if (before.report === null || after.report === null) return false;
  const { heartbeatAt } = before.report;
  const silence = Date.parse(after.report.heartbeatAt) - Date.parse(heartbeatAt);
  if (!(silence < NODE_UNHEARD_MILLIS)) return false;
  return isDeepStrictEqual({ ...after, report: { ...after.report, heartbeatAt } }, before);
}

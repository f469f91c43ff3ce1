/** What is to become of a request's body: settled when phase 1 is over, before the first byte of it. */
import { type ContentCoding, contentCodingOf } from '../body/content-coding.ts';
import type { BodyProcessorName } from '../body/processor.ts';
import { readsFileContents, readsFullRequest } from './full-request.ts';
import type { TransactionState } from './state.ts';

/**
 * How a body may be let go. `none`: nothing in it is inspected. `whole`: with its last byte, since its meaning is known
 * only then. `parts`: what `judgeSoFar` has judged may go on.
 */
export type BodyRelease = 'none' | 'whole' | 'parts';

export interface BodyPlanOptions {
  /** Bytes of files; see TransactionOptions. */
  readonly filesBytesMax: number | null;
  readonly windowed: boolean;
}

export interface BodyPlan {
  readonly release: BodyRelease;
  /** Bytes of the body that are inspected at most. */
  readonly bytesMax: number;
  /** What takes it apart; undefined for a body of no known form. */
  readonly processor: BodyProcessorName | undefined;
  readonly coding: ContentCoding;
  /** Whether FULL_REQUEST is read. */
  readonly keepsWhole: boolean;
  /** Whether FILES_TMP_CONTENT is read. */
  readonly keepsFiles: boolean;
  /** Bytes of files in a multipart body; no bound of their own where null. */
  readonly filesBytesMax: number | null;
  /** Whether REQUEST_BODY is a window over the body. */
  readonly isWindowed: boolean;
}

const PROCESSORS: readonly BodyProcessorName[] = ['URLENCODED', 'MULTIPART', 'JSON', 'XML'];

export function planBody(state: TransactionState, options: BodyPlanOptions): BodyPlan {
  const { request, ruleSet } = state;
  const processor = PROCESSORS.find((known) => known === request.processor);
  const coding = contentCodingOf(request.headerValues('content-encoding'));
  const keepsWhole = readsFullRequest(ruleSet.rules);
  const keepsFiles = readsFileContents(ruleSet.rules);
  const isPlain = coding === 'identity' && !keepsWhole;
  const isWindowed = options.windowed && isPlain && processor === undefined;
  const isForm = processor === 'MULTIPART' && isPlain && !keepsFiles && !request.forceBodyVariable;
  const filesBytesMax = isForm || isWindowed ? options.filesBytesMax : null;
  return {
    release: releaseOf(state, isForm || (processor === undefined && isPlain)),
    bytesMax: bytesMaxOf(state, filesBytesMax, isWindowed),
    processor,
    coding,
    keepsWhole,
    keepsFiles,
    filesBytesMax: isWindowed ? null : filesBytesMax,
    isWindowed,
  };
}

function releaseOf(state: TransactionState, inParts: boolean): BodyRelease {
  const isOver = state.mode === 'Off' || state.stopped || state.allowedThrough >= 2;
  if (isOver || !state.requestBodyAccess) return 'none';
  return inParts ? 'parts' : 'whole';
}

/** SecRequestBodyLimit counts files, too, unless they have a limit of their own. */
function bytesMaxOf(state: TransactionState, filesBytesMax: number | null, isWindowed: boolean): number {
  const { requestBodyBytesMax } = state;
  if (isWindowed) return filesBytesMax ?? Number.MAX_SAFE_INTEGER;
  if (filesBytesMax === null) return requestBodyBytesMax;
  const noFilesBytesMax = state.ruleSet.settings.limits.requestBodyNoFilesBytesMax;
  return Math.max(requestBodyBytesMax, filesBytesMax + noFilesBytesMax);
}

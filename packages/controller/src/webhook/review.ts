/** An AdmissionReview of the API server's, as far as it is read, and the answer to it. */
import { z } from 'zod';
import type { SpecProblem } from '../kinds/problems.ts';
import { WEBHOOK_LIMITS } from './limits.ts';

const object = z.object({
  metadata: z.object({
    name: z.string().default(''),
    namespace: z.string().default(''),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.unknown().optional(),
});

export const admissionReview = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1),
    kind: z.object({ group: z.string(), version: z.string(), kind: z.string() }),
    subResource: z.string().optional(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    name: z.string().default(''),
    namespace: z.string().default(''),
    object: object.nullish(),
    oldObject: object.nullish(),
  }),
});

export type AdmissionRequest = z.output<typeof admissionReview>['request'];

/** What is decided of an object. */
export interface Decision {
  /** None: it is let in. */
  readonly problems: readonly SpecProblem[];
  readonly warnings: readonly string[];
}

export const LET_IN: Decision = Object.freeze({ problems: [], warnings: [] });

/** HTTP status within the answer: what is wrong, or could not be decided. */
const INVALID = 422;
const UNDECIDED = 503;

const shortened = (text: string): string => {
  const { warningCharactersMax } = WEBHOOK_LIMITS;
  return text.length <= warningCharactersMax ? text : `${text.slice(0, warningCharactersMax - 1)}…`;
};

const reply = (uid: string, rest: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid, ...rest },
});

export type AdmissionAnswer = ReturnType<typeof reply>;

export function answerOf({ uid }: AdmissionRequest, { problems, warnings }: Decision): AdmissionAnswer {
  const shown = warnings.slice(0, WEBHOOK_LIMITS.warningsMax).map(shortened);
  const told = shown.length === 0 ? {} : { warnings: shown };
  if (problems.length === 0) return reply(uid, { allowed: true, ...told });
  const message = problems
    .map((problem) =>
      problem.message.includes(problem.path) ? problem.message : `${problem.path}: ${problem.message}`,
    )
    .join('\n');
  const causes = problems.map((problem) => ({
    reason: 'FieldValueInvalid',
    field: problem.path,
    message: problem.message,
  }));
  const status = { status: 'Failure', code: INVALID, reason: 'Invalid', message, details: { causes } };
  return reply(uid, { allowed: false, status, ...told });
}

/** Nothing is let in because it could not be looked at. */
export const undecided = ({ uid }: AdmissionRequest, message: string): AdmissionAnswer =>
  reply(uid, {
    allowed: false,
    status: { status: 'Failure', code: UNDECIDED, reason: 'ServiceUnavailable', message },
  });

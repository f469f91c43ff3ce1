/** Requests of quarantine, and what is read of their answers. */
import { z } from 'zod';
import { type Api, isSuccess, statusBody } from '../apply/api.ts';
import { QUARANTINE_LIMITS } from './limits.ts';

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root: `/api/v1/pods`. Names in it are escaped already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `application/json` where absent. */
  readonly contentType?: string;
}

/** What the API server said no to, with its own words. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** Of metav1.Status: `Conflict`, `NotFound`; `''` where it gave none. */
  readonly reason: string;
  readonly message: string;
}

export type Reply =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Asks once.
 * @throws ControllerError KUBERNETES_UNREACHABLE where no answer came; a refusal is an answer
 */
export async function ask(api: Api, { query, path, ...rest }: Question): Promise<Reply> {
  const text = new URLSearchParams(query).toString();
  const answer = await api.send({
    ...rest,
    path: text === '' ? path : `${path}?${text}`,
    timeoutMillis: QUARANTINE_LIMITS.answerMillisMax,
  });
  if (isSuccess(answer)) return { ok: true, body: answer.body };
  const { reason = '', message = String(answer.body) } = statusBody(answer);
  return { ok: false, refusal: { status: answer.status, reason, message } };
}

const listSchema = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }).optional(),
  items: z.array(z.unknown()),
});

/** One page of a list. */
export function readList(body: unknown): { readonly items: readonly unknown[]; readonly next: string } {
  const { metadata, items } = listSchema.parse(body);
  return { items, next: metadata?.continue ?? '' };
}

export const segment = (name: string): string => encodeURIComponent(name);

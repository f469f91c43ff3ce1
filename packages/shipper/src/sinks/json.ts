import type { HttpAnswer } from './http.ts';
import { reasonOf } from './reason.ts';

/** The value of a text of JSON; undefined where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Proxies answer pages of HTML: whoever asked says what that means for it.
    return undefined;
  }
}

/** What an answer says, as a reason. */
export const textOf = ({ status, body }: HttpAnswer): string =>
  body.length === 0 ? `status ${status}` : reasonOf(body.subarray(0, 2_048).toString('utf8'));

/** Variables that are put together from others. */
import type { VariableState } from './state.ts';

/** The request line and the headers as FULL_REQUEST has them, with the empty line that ends them. */
export function fullRequestHead({ request }: VariableState): string {
  const { method, uri, protocol } = request.attributes;
  const headers = request.headers.map(({ key, value }) => `${key}: ${value}\n`);
  return `${method} ${uri} ${protocol}\n${headers.join('')}\n`;
}

export const fullRequest = (state: VariableState): string =>
  fullRequestHead(state) + (state.request.wholeBody ?? state.request.bodyText ?? '');

export interface Credentials {
  /** As sent: `Basic`. */
  readonly scheme: string;
  /** The name before the colon of Basic credentials; null for other schemes. */
  readonly user: string | null;
}

/** What the Authorization header says of the client, unproved. */
export function credentialsOf({ request }: VariableState): Credentials | null {
  const header = request.header('authorization');
  if (header === undefined) return null;
  const [scheme = '', encoded = ''] = header.trimStart().split(/[ \t]+/, 2);
  if (scheme.toLowerCase() !== 'basic') return { scheme, user: null };
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  // Without a colon there is no name, and what there is may be the password.
  return { scheme, user: colon < 0 ? null : decoded.slice(0, colon) };
}

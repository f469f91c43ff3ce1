/** What the settings of sinks have in common. Paths are absolute when they come here, or start from the working folder. */
import { z } from 'zod';
import { REQUEST_MILLIS_MAX } from './limits.ts';

const path = z.string().min(1);

/** @param type how a configuration names this kind of sink */
export const common = <const Type extends string>(type: Type) => ({
  type: z.literal(type),
  /** In logs, metrics, and the name of its position in the spool: two sinks of a kind need two names. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'a name of lower-case letters, digits, - and _, at most 63')
    .default(type),
  requestMillisMax: z.int().min(1).max(3_600_000).default(REQUEST_MILLIS_MAX),
});

export const tlsOptions = z.strictObject({
  ca: path.optional(),
  cert: path.optional(),
  key: path.optional(),
  serverName: z.string().min(1).optional(),
});

const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '');

export const httpUrl = z
  .string()
  .refine((text) => ['http:', 'https:'].includes(protocolOf(text)), 'an http:// or https:// address');

export const httpsUrl = z.string().refine((text) => protocolOf(text) === 'https:', 'an https:// address');

const headerValue = z.string().regex(/^[\t\x20-\x7e]*$/, 'a value of printable ASCII');

/** Sent with each request: credentials, above all, which belong into a file. Values are not in any log. */
export const headersOption = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/), z.union([headerValue, z.strictObject({ path })]))
  .default({});

/** The shape of ship.yaml, with its defaults. The command line reads a file through it. */
import { z } from 'zod';
import { AHEAD_BYTES_CEILING, DEFAULT_PIPELINE_LIMITS, REQUEST_MILLIS_MAX } from './limits.ts';
import { SINK_SCHEMAS } from './sinks/index.ts';

const BYTES_MAX = 104_857_600;
const MILLIS_MAX = 3_600_000;
const DEFAULTS = DEFAULT_PIPELINE_LIMITS;

const count = (min: number, max: number) => z.int().min(min).max(max);
const path = z.string().min(1);

const protocolOf = (text: string): string => (URL.canParse(text) ? new URL(text).protocol : '');

const httpUrl = z
  .string()
  .refine((text) => ['http:', 'https:'].includes(protocolOf(text)), 'an http:// or https:// address')
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'credentials belong under auth');

/** `host:port`, `[::1]:port`. Port 0 is any free one. */
const address = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'host:port, or [IPv6 address]:port')
  .transform((text, context): { readonly host: string; readonly port: number } => {
    const at = text.lastIndexOf(':');
    const port = Number(text.slice(at + 1));
    if (port > 65_535) context.addIssue({ code: 'custom', message: 'a port is at most 65535' });
    return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port };
  });

export const elasticsearchSinkSchema = z.strictObject({
  type: z.literal('elasticsearch'),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'a name of lower-case letters, digits, - and _, at most 63')
    .default('elasticsearch'),
  nodes: z.array(httpUrl).min(1).max(64),
  /** Data streams are `logs-sluice.waf-NAMESPACE` and `logs-sluice.l7-NAMESPACE`. */
  namespace: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.]{0,99}$/, '1 to 100 small letters, digits, _ and .')
    .default('default'),
  /** Days; null: for ever, or as somebody else has set it. */
  retentionDays: count(1, 36_500).nullable().default(30),
  /** Whether index templates and retention are installed. Without it somebody else has to. */
  installTemplate: z.boolean().default(true),
  auth: z
    .union([
      z.strictObject({ username: z.string().min(1), passwordFile: path }),
      z.strictObject({ apiKeyFile: path }),
    ])
    .optional(),
  tls: z
    .strictObject({
      ca: path.optional(),
      caFingerprint: z
        .string()
        .regex(/^[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}$/, 'SHA-256, hexadecimal')
        .optional(),
      cert: path.optional(),
      key: path.optional(),
    })
    .prefault({}),
  compressionLevel: count(0, 9).default(1),
  requestBytesMax: count(65_536, BYTES_MAX).default(8_388_608),
  requestMillisMax: count(1, MILLIS_MAX).default(REQUEST_MILLIS_MAX),
  askBeforeRepeat: z.boolean().default(true),
});

export type ElasticsearchSinkSettings = z.output<typeof elasticsearchSinkSchema>;

const limits = z
  .strictObject({
    batchRecordsMax: count(1, 5_000).default(DEFAULTS.batchRecordsMax),
    batchBytesMax: count(1_024, BYTES_MAX).default(DEFAULTS.batchBytesMax),
    batchAgeMillisMax: count(0, MILLIS_MAX).default(DEFAULTS.batchAgeMillisMax),
    inFlightMax: count(1, 64).default(DEFAULTS.inFlightMax),
    heldBytesMax: count(1_024, 1_073_741_824).default(DEFAULTS.heldBytesMax),
    aheadBytesMax: count(1_024, AHEAD_BYTES_CEILING).default(DEFAULTS.aheadBytesMax),
    backoffMillisMin: count(1, MILLIS_MAX).default(DEFAULTS.backoffMillisMin),
    backoffMillisMax: count(1, MILLIS_MAX).default(DEFAULTS.backoffMillisMax),
    refusalsMax: count(1, 1_000).default(DEFAULTS.refusalsMax),
  })
  .refine((value) => value.backoffMillisMin <= value.backoffMillisMax, {
    message: 'backoffMillisMin must not be more than backoffMillisMax',
    path: ['backoffMillisMin'],
  });

export const shipSchema = z.strictObject({
  /** Spools, or folders with one for each process of `sluice serve --processes`; `FOLDER/*`: each folder in it. */
  spools: z.array(path).min(1).max(64),
  /** Where dead letters are, and what the next process has to know. */
  state: path,
  sinks: z
    .array(z.discriminatedUnion('type', [elasticsearchSinkSchema, ...SINK_SCHEMAS]))
    .min(1)
    .max(16)
    .refine(
      (sinks) => new Set(sinks.map(({ name }) => name)).size === sinks.length,
      'two sinks have one name',
    ),
  admin: z.union([address, z.literal(false)]).default({ host: '127.0.0.1', port: 9193 }),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    })
    .prefault({}),
  limits: limits.prefault({}),
  drain: z.strictObject({ waitMillis: count(0, MILLIS_MAX).default(10_000) }).prefault({}),
});

export type ShipConfig = z.output<typeof shipSchema>;
export type SinkSettings = ShipConfig['sinks'][number];

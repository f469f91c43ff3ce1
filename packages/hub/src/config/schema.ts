/** The shape of hub.yaml, with its defaults. load.ts reads a file through it. */
import { z } from 'zod';
import { webhooksSchema } from '../alerts/webhook/config.ts';
import type { Address } from '../api/listener.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { clusterSchema, oidcSchema, originSchema } from './console.ts';

const COUNT_MAX = 1_000_000;
const BYTES_MAX = 1_073_741_824;
const MILLIS_MAX = 3_600_000;
const DAYS_MAX = 36_500;
const STORE_BYTES_MAX = 1_099_511_627_776 * 16;

const count = (min: number, max: number) => z.int().min(min).max(max);

/** `host:port`, `[::1]:port`. Port 0 is any free one. */
const address = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[^\s:[\]]+):\d{1,5}$/, 'host:port, or [IPv6 address]:port')
  .transform((text, context): Address => {
    const at = text.lastIndexOf(':');
    const port = Number(text.slice(at + 1));
    if (port > 65_535) context.addIssue({ code: 'custom', message: 'a port is at most 65535' });
    return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port };
  });

const path = z.string().min(1);

const limits = z.strictObject({
  batchBytesMax: count(65_536, BYTES_MAX).default(DEFAULT_LIMITS.batchBytesMax),
  batchPlainBytesMax: count(65_536, BYTES_MAX).default(DEFAULT_LIMITS.batchPlainBytesMax),
  batchRecordsMax: count(1, COUNT_MAX).default(DEFAULT_LIMITS.batchRecordsMax),
  batchesMax: count(1, 1_024).default(DEFAULT_LIMITS.batchesMax),
  nodeConnectionsMax: count(1, COUNT_MAX).default(DEFAULT_LIMITS.nodeConnectionsMax),
  queryConnectionsMax: count(1, COUNT_MAX).default(DEFAULT_LIMITS.queryConnectionsMax),
  queryBytesMax: count(1_024, BYTES_MAX).default(DEFAULT_LIMITS.queryBytesMax),
  queriesMax: count(1, 1_024).default(DEFAULT_LIMITS.queriesMax),
  queryMillisMax: count(1, MILLIS_MAX).default(DEFAULT_LIMITS.queryMillisMax),
  tailClientsMax: count(0, 1_024).default(DEFAULT_LIMITS.tailClientsMax),
  tailWaitingBytesMax: count(1_024, BYTES_MAX).default(DEFAULT_LIMITS.tailWaitingBytesMax),
  requestMillisMax: count(1_000, MILLIS_MAX).default(DEFAULT_LIMITS.requestMillisMax),
  nodesMax: count(1, COUNT_MAX).default(DEFAULT_LIMITS.nodesMax),
  drainMillisMax: count(0, MILLIS_MAX).default(DEFAULT_LIMITS.drainMillisMax),
});

/** `namespace/name`. */
const account = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/,
    'a service account as NAMESPACE/NAME',
  );

/** Who delivers says so by a token of Kubernetes, beside a certificate that many share. */
const tokens = z.strictObject({
  /** Names of these certificates. */
  certificates: z.array(z.string().min(1)).min(1).default(['*']),
  /** Whom the tokens are for. */
  audience: z.string().min(1).max(253).default('sluice-hub'),
  /** The service account of the nodes' pods: each is known by the name of its node. */
  nodes: account,
  /** Others that deliver, known by their own names. */
  others: z.array(account).max(64).default([]),
  /** The cluster that the hub runs in where absent. */
  kubeconfig: path.optional(),
});

const nodes = z.strictObject({
  listen: address,
  tls: z.strictObject({ cert: path, key: path, clientCa: path }),
  allow: z.array(z.string().min(1)).default([]),
  /** False: a node is who its certificate says. */
  tokens: z.union([z.literal(false), tokens]).default(false),
});

const queries = z.strictObject({
  listen: address.prefault('127.0.0.1:7480'),
  tls: z.strictObject({ cert: path, key: path }).optional(),
  tokenFile: path.optional(),
});

/** The web console: packages/console serves it. */
const consoleSettings = z.strictObject({
  listen: address.prefault('127.0.0.1:7470'),
  tls: z.strictObject({ cert: path, key: path }).optional(),
  /** Where browsers have it, where that is not `listen`: the address that the first user is led to. */
  address: originSchema.optional(),
  /** Proxies whose word of who asks is taken (X-Forwarded-For). Without them all that comes through one is one address. */
  trustedProxies: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(64)
    .default([]),
  sessions: z
    .strictObject({
      /** Without use. */
      idleMinutes: count(1, 1_440).default(30),
      /** In any case. */
      hours: count(1, 168).default(12),
    })
    .prefault({}),
  /** A file for the address with the first user's token, for its owner alone. Where none is named a terminal shows it, and without one it is in `state`. */
  welcome: path.optional(),
  /** Its users, made by the first sign-in. */
  users: path.default('console-users.json'),
  /** What was changed, when, by whom: a line each. */
  audit: path.default('console-audit.ndjson'),
  /** Searches that users have saved; absent: beside the users. */
  searches: path.optional(),
  /** Whether a token for a first local user is issued while there is none; absent: where there is no other way in. */
  firstUser: z.boolean().optional(),
  /** Sign-in by a provider of OpenID Connect. */
  oidc: z.union([z.literal(false), oidcSchema]).default(false),
  /** Sign-in by a cluster's tokens, and its workloads. */
  kubernetes: z.union([z.literal(false), clusterSchema]).default(false),
  /** The sluice.yaml whose policies are shown and changed. */
  policies: path.optional(),
  /** A folder of alerts that operators write on the page; the hub has them in force beside `alerts.files`. */
  alerts: path.optional(),
});

const sqlite = z.strictObject({
  type: z.literal('sqlite'),
  path,
  retention: z
    .strictObject({
      days: z.number().positive().max(DAYS_MAX).optional(),
      bytes: count(1_048_576, STORE_BYTES_MAX).optional(),
    })
    .prefault({}),
  /** `full`: a batch is on the disk when it is answered, so that loss of power loses nothing that was. */
  synchronous: z.enum(['normal', 'full']).default('normal'),
});

const isHttpUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);

const elasticsearch = z.strictObject({
  type: z.literal('elasticsearch'),
  nodes: z.array(z.string().refine(isHttpUrl, 'an http:// or https:// address')).min(1).max(64),
  /** Data streams are `logs-sluice.waf-NAMESPACE` and `logs-sluice.l7-NAMESPACE`. */
  namespace: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_.]{0,99}$/, '1 to 100 small letters, digits, _ and .')
    .default('default'),
  /** Days; null: for ever, or as somebody else has set it. */
  retentionDays: count(1, DAYS_MAX).nullable().default(30),
  auth: z
    .union([
      z.strictObject({ apiKeyFile: path }),
      z.strictObject({ username: z.string().min(1), passwordFile: path }),
    ])
    .optional(),
  tls: z
    .strictObject({
      ca: path.optional(),
      caFingerprint: z
        .string()
        .regex(/^[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}$/, 'SHA-256, hexadecimal')
        .optional(),
    })
    .prefault({}),
});

const alerts = z.strictObject({
  /** Files and folders of alerts, in YAML or JSON. */
  files: z.array(path).default([]),
  /** Alert and GlobalAlert of a cluster, and their statuses. */
  kubernetes: z
    .union([
      z.literal(false),
      z.strictObject({
        /** Sluice's own: alerts in it see everything. */
        namespace: z.string().min(1).max(253).default('sluice-system'),
        /** The cluster that the hub runs in where absent. */
        kubeconfig: path.optional(),
      }),
    ])
    .default(false),
  webhooks: webhooksSchema,
});

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

export const hubSchema = z.strictObject({
  /** False: nobody delivers; what is stored comes from `spools`. */
  nodes: z.union([z.literal(false), nodes]).default(false),
  queries: queries.prefault({}),
  admin: z
    .union([z.literal(false), z.strictObject({ listen: address })])
    .prefault({ listen: '127.0.0.1:7490' }),
  console: z.union([z.literal(false), consoleSettings]).default(false),
  store: z.discriminatedUnion('type', [sqlite, elasticsearch]),
  /** Folders of spools on this machine that the hub reads itself. */
  spools: z.array(path).default([]),
  alerts: alerts.prefault({}),
  /** Where dead letters of these spools are kept, and what alerts remember. */
  state: path.default('hub-state'),
  log: z.strictObject({ level: z.enum(LOG_LEVELS).default('info') }).prefault({}),
  limits: limits.prefault({}),
});

export type HubConfig = z.output<typeof hubSchema>;
export type ConsoleConfig = Exclude<HubConfig['console'], false>;
export type StoreConfig = HubConfig['store'];

/** Webhooks in hub.yaml, by their names. Secrets stand in files of their own. */
import { z } from 'zod';
import { ALERT_LIMITS } from '../limits.ts';
import { templateFields } from '../template.ts';

const path = z.string().min(1);

const url = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'an http:// or https:// address',
  )
  .refine(
    (text) => !URL.canParse(text) || new URL(text).username === '',
    'credentials do not stand in an address',
  );

/** What a template may speak of. */
export const TEMPLATE_NAMES = [
  'id',
  'alert',
  'state',
  'severity',
  'summary',
  'description',
  'owner',
  'count',
  'value',
  'at',
  'firedAt',
  'key',
  'source.ip',
  'source.namespace',
  'source.pod',
  'source.owner',
  'source.labels',
  'destination.ip',
  'destination.namespace',
  'destination.pod',
  'destination.owner',
  'destination.labels',
  'event',
  'rules',
] as const;

/** JSON with `${name}` inside of texts. */
const template = z.string().superRefine((text, context) => {
  const refuse = (message: string): void => context.addIssue({ code: 'custom', message });
  const strange = templateFields(text).find((name) => !(TEMPLATE_NAMES as readonly string[]).includes(name));
  if (strange !== undefined) refuse(`\${${strange}} is not known; these are: ${TEMPLATE_NAMES.join(', ')}`);
  try {
    JSON.parse(text);
  } catch {
    // Where the parser stumbles says less than what to do.
    refuse('it is no JSON: values stand inside of texts, between quotes');
  }
});

const common = {
  /** Whose address it is: a file, for it may hold a secret; or the address itself. */
  url: z.union([url, z.strictObject({ file: path })]),
  /** Key of the signature. */
  secretFile: path.optional(),
  /** Whether it may call this machine and its links (loopback, link-local). */
  allowLocal: z.boolean().default(false),
  /** PEM of the authority that the receiver's certificate comes from, where it is none that all know. */
  caFile: path.optional(),
  resolved: z.boolean().default(true),
};

const basicAuth = z.strictObject({ username: z.string().min(1), passwordFile: path });

export const webhookSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('generic'), ...common, template: template.optional() }),
  z.strictObject({ kind: z.literal('slack'), ...common }),
  z.strictObject({ kind: z.literal('alertmanager'), ...common, basicAuth: basicAuth.optional() }),
  z.strictObject({
    kind: z.literal('jira'),
    ...common,
    basicAuth,
    project: z.string().min(1),
    issueType: z.string().min(1).default('Task'),
  }),
]);

export const webhooksSchema = z
  .record(
    z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'small letters, digits and dashes'),
    webhookSchema,
  )
  .refine((all) => Object.keys(all).length <= ALERT_LIMITS.webhooksMax, `at most ${ALERT_LIMITS.webhooksMax}`)
  .default({});

export type WebhookConfig = z.output<typeof webhookSchema>;

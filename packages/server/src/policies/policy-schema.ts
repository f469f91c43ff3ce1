/** The shape of a policy in sluice.yaml, with its defaults. */
import { BODY_PROFILES } from '@sluice/envoy-config';
import { z } from 'zod';
import { DENIAL_STATUSES } from '../decide.ts';
import { UNINSPECTABLE_CAUSES } from '../inspector.ts';
import {
  headerNameProblem,
  headerValueProblem,
  isContentType,
  isMediaType,
  templatePieces,
  templateProblem,
} from './block-page-template.ts';
import { POLICY_LIMITS, RESERVED_RULE_IDS } from './limits.ts';
import { parseNetwork } from './networks.ts';

export const count = (least: number, most: number) => z.int().min(least).max(most);

/** A text that a function finds no problem in. */
export const checked = (problem: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const message = problem(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

export const network = checked((text) =>
  parseNetwork(text) === null ? `${JSON.stringify(text)} is neither an IP address nor a CIDR range` : null,
);

export const networks = z.array(network).max(POLICY_LIMITS.networksMax).default([]);

const action = z.enum(['deny', 'allow']);

const files = z.array(z.string().min(1)).default([]);

export const paranoia = count(1, 4);
export const threshold = count(1, 1_000_000);

const RANGE = /^(\d{1,15})-(\d{1,15})$/;
const RULE_FORM = 'a rule is named by its id, or by a range of ids such as 942100-942199';

const ruleIds = z.union([
  z
    .string(RULE_FORM)
    .regex(RANGE, RULE_FORM)
    .transform((text): readonly [number, number] => {
      const [, first, last] = RANGE.exec(text) ?? [];
      return [Number(first), Number(last)];
    })
    .refine(([first, last]) => first <= last, 'a range of ids goes from the lower to the higher'),
  z.int().min(1),
]);

type RuleIds = z.output<typeof ruleIds>;

const firstOf = (ids: RuleIds): number => (typeof ids === 'number' ? ids : ids[0]);
const lastOf = (ids: RuleIds): number => (typeof ids === 'number' ? ids : ids[1]);

/** Rules that turn scores into denials: without them nothing of the CRS denies anything. */
const DECIDING_RULES = [949_110, 949_111, 959_100, 959_101] as const;

/** Tags that those rules have. A test reads the CRS. */
export const DECIDING_TAGS: ReadonlySet<string> = new Set(['OWASP_CRS', 'anomaly-evaluation']);

/** What those rules read: as good as without them. */
const SCORES = /^TX(?::|$)/;

const TARGET = /^[A-Z][A-Z0-9_]*(?::\S.{0,255})?$/;

const PATH = /^\/(?:(?!%\{)[^*?#\x00-\x20\x7f-\u{10ffff}]){0,1023}\*?$/u;

/** Also as YAML reads a date without quotes. */
const expiry = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/,
    'a day, 2026-12-31, or a time with its zone, 2026-12-31T18:00:00Z',
  )
  .transform((text) => Date.parse(text))
  .refine((millis) => !Number.isNaN(millis), 'there is no such day');

const exclusion = z
  .strictObject({
    rules: z.array(ruleIds).max(POLICY_LIMITS.namesMax).default([]),
    tags: z.array(z.string().min(1).max(256)).max(POLICY_LIMITS.namesMax).default([]),
    targets: z
      .array(z.string().regex(TARGET, 'a target is a variable as in SecLang, such as ARGS:comment'))
      .max(POLICY_LIMITS.namesMax)
      .default([]),
    paths: z
      .array(z.string().regex(PATH, 'a path as it is sent, such as /search, or /api/* for all below it'))
      .max(POLICY_LIMITS.namesMax)
      .default([]),
    reason: z.string().max(1_024).optional(),
    owner: z.string().max(253).optional(),
    expires: expiry.optional(),
  })
  .superRefine(({ rules, tags, targets }, context) => {
    if (rules.length === 0 && tags.length === 0) {
      context.addIssue({ code: 'custom', message: 'an exclusion names rules or tags' });
    }
    if (targets.length === 0 || targets.some((target) => SCORES.test(target))) {
      const deciding = DECIDING_RULES.find((id) =>
        rules.some((ids) => firstOf(ids) <= id && id <= lastOf(ids)),
      );
      if (deciding !== undefined) {
        const message = `rule ${deciding} decides by the score: without it nothing is denied. Use mode: Detect`;
        context.addIssue({ code: 'custom', message, path: ['rules'] });
      }
      const tag = tags.findIndex((each) => DECIDING_TAGS.has(each));
      if (tag >= 0) {
        const message = `${tags[tag]} is a tag of rules that decide by the score: without them nothing is denied. Use mode: Detect`;
        context.addIssue({ code: 'custom', message, path: ['tags', tag] });
      }
    }
    const { first, last } = RESERVED_RULE_IDS;
    if (rules.some((ids) => lastOf(ids) >= first && firstOf(ids) <= last)) {
      const message = `rules ${first} to ${last} are those of policies themselves`;
      context.addIssue({ code: 'custom', message, path: ['rules'] });
    }
  })
  .transform(({ reason: _, owner, expires, ...rest }) => ({
    ...rest,
    ...(owner === undefined ? {} : { owner }),
    ...(expires === undefined ? {} : { expires }),
  }));

const page = z
  .strictObject({
    contentType: z.string().refine(isContentType, 'a content type such as text/html; charset=utf-8'),
    template: z.string().max(POLICY_LIMITS.pageCharactersMax),
  })
  .superRefine(({ contentType, template }, context) => {
    const message = templateProblem(contentType, template);
    if (message !== null) context.addIssue({ code: 'custom', message, path: ['template'] });
  })
  .transform(({ contentType, template }) => ({ contentType, pieces: templatePieces(template) }));

const blockPage = z.strictObject({
  status: z
    .int()
    .refine((status) => DENIAL_STATUSES.has(status), 'a status from 400 on that Envoy knows')
    .nullable()
    .default(null),
  bodies: z.array(page).max(POLICY_LIMITS.pagesMax).default([]),
  headers: z
    .record(checked(headerNameProblem), checked(headerValueProblem))
    .default({})
    .refine((headers) => Object.keys(headers).length <= POLICY_LIMITS.pageHeadersMax, {
      message: `more than ${POLICY_LIMITS.pageHeadersMax} headers`,
    })
    .transform((headers) =>
      Object.entries(headers).map(([name, value]) => [name, templatePieces(value)] as const),
    ),
});

const bytes = count(1, POLICY_LIMITS.bodyBytesMax).nullable().default(null);
const beyond = z.enum(['Refuse', 'Partial']).nullable().default(null);

const responses = z.strictObject({
  inspect: z.boolean().default(false),
  mediaTypes: z
    .array(z.string().refine(isMediaType, 'a media type in lower case, such as text/html'))
    .max(POLICY_LIMITS.namesMax)
    .nullable()
    .default(null),
  bytesMax: bytes,
  beyond,
});

const body = z
  .strictObject({ bytesMax: bytes, noFilesBytesMax: bytes, filesBytesMax: bytes, beyond })
  .refine(
    ({ bytesMax, noFilesBytesMax }) => (noFilesBytesMax ?? 0) <= (bytesMax ?? Number.POSITIVE_INFINITY),
    {
      message: 'noFilesBytesMax is more than bytesMax',
      path: ['noFilesBytesMax'],
    },
  );

/** As it is sent, of an argument, a cookie or a member of JSON; or one part of it. */
const maskedName = z
  .string()
  .regex(/^[\x20-\x7e]{1,128}$/, 'a name is 1 to 128 printable characters of ASCII');

/** A token of RFC 9110, in any case. */
const maskedHeader = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'the name of a header, such as X-Account')
  .transform((name) => name.toLowerCase());

const events = z.strictObject({
  sampleClean: count(0, 1_000_000_000).default(0),
  hash: z.boolean().default(false),
  mask: z
    .strictObject({
      names: z.array(maskedName).max(POLICY_LIMITS.namesMax).default([]),
      headers: z.array(maskedHeader).max(POLICY_LIMITS.namesMax).default([]),
    })
    .prefault({}),
});

const staged = z
  .strictObject({
    paths: z
      .array(z.string().regex(PATH, 'a path as it is sent, such as /search, or /api/* for all below it'))
      .max(POLICY_LIMITS.namesMax)
      .default([]),
    percent: z.number().min(0).max(100).default(0),
  })
  .refine(({ paths, percent }) => paths.length > 0 || percent > 0, 'a stage has paths, or a percent above 0');

export const policySchema = z.strictObject({
  mode: z.enum(['Off', 'Detect', 'Block']).default('Detect'),
  staged: staged.nullable().default(null),
  paranoia: paranoia.default(1),
  thresholds: z.strictObject({ inbound: threshold.default(5), outbound: threshold.default(4) }).prefault({}),
  unavailable: z.enum(['Closed', 'Open']).default('Closed'),
  uninspectable: z
    .strictObject({
      default: action.default('deny'),
      overrides: z.partialRecord(z.enum(UNINSPECTABLE_CAUSES), action).default({}),
    })
    .prefault({}),
  ruleFiles: z.strictObject({ before: files, after: files }).prefault({}),
  exclusions: z.array(exclusion).max(POLICY_LIMITS.exclusionsMax).default([]),
  addresses: z.strictObject({ deny: networks, allow: networks }).prefault({}),
  body: body.prefault({}),
  responses: responses.prefault({}),
  upgrades: z.enum(['Allow', 'Deny']).default('Allow'),
  profile: z.enum(BODY_PROFILES).default('streaming'),
  blockPage: blockPage.prefault({}),
  events: events.prefault({}),
});

const POLICY_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,251}[A-Za-z0-9])?$/;

export const policyName = z
  .string()
  .regex(POLICY_NAME, 'a policy name is letters, digits, dots, dashes and slashes');

export const policiesSchema = z
  .record(policyName, policySchema)
  .prefault({})
  .transform((given) => ({ ...given, default: given.default ?? policySchema.parse({}) }));

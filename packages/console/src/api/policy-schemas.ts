/** What goes into the routes of policies, exclusions, rules and moves, and what comes out. */
import { z } from 'zod';
import { draftSchema } from './workload-schemas.ts';

const eventId = z.string().min(1).max(512);
const policyName = z.string().min(1).max(253);
const shortText = z.string().max(1_024);

const choice = z.strictObject({ rule: z.int().min(1).max(999_999_999), target: z.string().min(1).max(300) });

const scope = z.enum(['path', 'below', 'everywhere']);

export const previewSchema = z.strictObject({
  event: eventId,
  chosen: z
    .array(choice)
    .max(64)
    .nullable()
    .default(null)
    .describe('Rules of the event and targets of them; null: the fewest with which it passes.'),
  scope: scope.nullable().default(null).describe('null: the narrowest that there is.'),
  reason: shortText.default(''),
  owner: z.string().max(253).default(''),
  expires: z.iso.datetime().nullable().default(null),
  days: z.int().min(1).max(90).default(7).describe('How far back stored events are judged.'),
});

const saving = {
  owner: z.string().min(1).max(253),
  confirm: z
    .string()
    .max(320)
    .default('')
    .describe(
      'The name of the policy, where attacks would pass, or the exclusion holds everywhere or for the whole cluster.',
    ),
  version: z.string().max(200).default('').describe('In a cluster: of the draft that was shown.'),
};

export const excludeSchema = previewSchema.extend({ ...saving, reason: shortText.min(1) });

export const proposeSchema = z.strictObject({
  workload: z.string().min(1).max(512),
  days: z.int().min(1).max(90).default(7),
  chosen: z
    .array(z.string().regex(/^[\w-]{1,64}$/))
    .min(1)
    .max(256)
    .describe('Digests of exclusions that the analysis of the same days has proposed, all of one policy.'),
  owner: z.string().max(253).default(''),
  expires: z.iso.datetime().nullable().default(null),
});

export const saveProposalsSchema = proposeSchema.extend(saving);

export const explainSchema = z.strictObject({
  policy: z.string().max(253).default(''),
  address: z.string().max(64).default(''),
  port: z.int().min(0).max(65_535).default(0),
  route: z.string().max(1_024).default(''),
  host: z.string().max(1_024).default(''),
  path: z.string().max(8_192).default('/'),
  client: z.string().max(64).default(''),
});

export const replaySchema = z.strictObject({ event: eventId });

export const promoteSchema = z.strictObject({
  workload: z.string().min(1).max(512),
  days: z.int().min(1).max(90).default(7),
});

export const moveSchema = z.strictObject({
  policy: policyName,
  paths: z.array(z.string().min(1).max(1_024)).max(64).default([]),
  percents: z
    .array(z.number().gt(0).lt(100))
    .max(16)
    .default([10, 50])
    .refine((all) => all.every((each, at) => each > (all[at - 1] ?? 0)), 'they rise'),
  holdMinutes: z.int().min(1).max(43_200).default(60),
  tolerated: z.int().min(0).max(1_000_000).default(0),
});

export const stopSchema = z.strictObject({
  policy: policyName,
  back: z.boolean().default(false).describe('To Detect: nothing is blocked any more.'),
  confirm: z.string().max(253).default('').describe('The name of the policy, for `back`.'),
});

const anything = z.unknown();
const exclusionSchema = z.object({
  rules: z.array(z.number()),
  targets: z.array(z.string()),
  paths: z.array(z.string()).optional(),
  reason: z.string(),
  owner: z.string().optional(),
  expires: z.string().optional(),
});

export const judgedAnswer = z.object({
  policy: z.string(),
  file: z
    .string()
    .nullable()
    .describe('Where it can be saved; null: in the cluster as `draft` says, or nowhere.'),
  cluster: z.boolean().describe('Whether policies are those of a cluster.'),
  draft: draftSchema
    .omit({ wouldBlock: true })
    .nullable()
    .describe('In a cluster: the object, the change, and why it cannot be applied from here.'),
  exclusions: z.array(exclusionSchema),
  secLang: z.string(),
  yaml: z.string(),
  effect: anything.describe('What would pass, attacks among it; null where nothing is chosen.'),
  confirmation: z.string().nullable().describe('What has to be typed before it is saved; null: nothing.'),
  confined: z.boolean().describe('It was judged against the events of some namespaces only.'),
});

export const previewAnswer = judgedAnswer.extend({
  leftOut: z.string().nullable().describe('Why no exclusion would let it pass.'),
  choices: z.array(anything),
  scopes: z.array(scope),
  scope,
});

const listed = z.object({
  policy: z.string(),
  digest: z.string(),
  rules: z.array(z.union([z.number(), z.string()])),
  tags: z.array(z.string()),
  targets: z.array(z.string()),
  paths: z.array(z.string()),
  reason: z.string(),
  owner: z.string(),
  expires: z.string().nullable(),
  expired: z.boolean(),
  secLang: z.string(),
  target: z.string().nullable().describe('The object of the cluster that has it; null: the file.'),
  acts: z.boolean().describe('Whether who asks may take it away.'),
});

const notice = z
  .string()
  .nullable()
  .describe('It is written, but whether a server has it cannot be told: why.');

export const exclusionsAnswer = z.object({
  file: z.string().nullable(),
  cluster: z.boolean(),
  exclusions: z.array(listed),
  notice,
});

export const policiesAnswer = z.object({ file: z.string().nullable(), policies: z.array(anything) });

export const explainAnswer = z.object({
  policy: z.string(),
  because: z.array(anything),
  client: z.string(),
  settings: z.array(anything),
});

export const replayAnswer = z.object({
  now: anything.describe('What the rules in force say of what is stored.'),
  before: z.object({ blocks: z.boolean(), score: z.number(), policy: z.string() }),
  lost: z.array(z.string()),
  missing: z
    .array(z.object({ rule: z.string(), target: z.string() }))
    .describe('Matched then, not found again.'),
  excluded: z
    .array(z.object({ rule: z.string(), target: z.string() }))
    .describe('Matched then, excluded now.'),
  exact: z.boolean(),
});

export const ruleAnswer = z.object({
  id: z.number(),
  message: z.string(),
  phase: z.number(),
  paranoia: z.number().nullable(),
  severity: z.string().nullable(),
  tags: z.array(z.string()),
  file: z.string(),
  line: z.number(),
  words: z.array(z.string()),
  source: z.string(),
});

export const ruleCostsAnswer = z.object({
  costs: z
    .object({
      requests: z.number().describe('That were timed.'),
      micros: z.number().describe('Microseconds of inspection of one of them.'),
      rules: z.array(
        z.object({
          ...{ id: z.number(), micros: z.number(), share: z.number() },
          ...{ asked: z.number(), matched: z.number() },
        }),
      ),
      more: z.number().describe('Rules beyond those.'),
    })
    .nullable()
    .describe('Null where no server answers.'),
});

export const promoteAnswer = z.object({
  workload: z.string(),
  events: z.number(),
  requests: z.number(),
  denied: z.number(),
  sources: z.number(),
  policies: z.array(z.string()),
  isCut: z.boolean(),
  groups: z.array(anything),
  groupsLeftOut: z.number(),
  rules: z.array(anything).describe('By rule: events, and those of groups that look like false positives.'),
  exclusions: anything,
});

export const movesAnswer = z.object({ file: z.string().nullable(), moves: z.array(anything), notice });

/** What goes in and comes out at the addresses of workloads. */
import { z } from 'zod';

const objectName = z.string().regex(/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/, 'a name of Kubernetes');
/** `namespace/name`. */
const key = z
  .string()
  .max(320)
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/, 'namespace/name');
const uid = z.string().regex(/^[0-9a-f-]{36}$/, 'a UID');

/** As events have it. */
const policyName = z.string().min(1).max(320);

/** As packages/controller's quarantine has them. */
const QUARANTINE_SECONDS = { min: 60, max: 31_536_000 } as const;
const REASON_CHARACTERS_MAX = 512;

export const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('inspect'), service: key, inspect: z.boolean().nullable() }),
  z.strictObject({ kind: z.literal('mode'), service: key, mode: z.enum(['Off', 'Detect', 'Block']) }),
  z.strictObject({
    ...{ kind: z.literal('quarantine'), pod: key, uid },
    reason: z.string().trim().min(1).max(REASON_CHARACTERS_MAX),
    seconds: z.int().min(QUARANTINE_SECONDS.min).max(QUARANTINE_SECONDS.max),
    force: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('release'), pod: key, uid }),
  z.strictObject({
    ...{ kind: z.literal('stage'), policy: policyName, mode: z.enum(['Detect', 'Block']) },
    staged: z
      .strictObject({
        paths: z.array(z.string().min(1).max(1_024)).max(64),
        percent: z.number().min(0).lt(100),
      })
      .nullable(),
  }),
  z.strictObject({
    ...{ kind: z.literal('unexclude'), policy: policyName },
    digest: z.string().regex(/^[\w-]{1,64}$/, 'of an exclusion, as it was listed'),
  }),
]);

export const applySchema = z.strictObject({
  change: changeSchema,
  version: z.string().max(200).describe('Of the draft: what has changed meanwhile is not written over.'),
});

export const appliedSchema = z.object({ done: z.array(z.string()) });

const group = z.object({
  ...{ rule: z.string(), message: z.string(), target: z.string(), path: z.string() },
  ...{ requests: z.number(), sources: z.number(), verdict: z.string() },
});

export const draftSchema = z.object({
  ...{ target: z.string(), yaml: z.string(), diff: z.string(), version: z.string() },
  ...{ managedBy: z.array(z.string()), notes: z.array(z.string()), refused: z.string() },
  wouldBlock: z
    .object({
      ...{ from: z.number(), to: z.number(), requests: z.number(), denied: z.number(), sources: z.number() },
      ...{ isCut: z.boolean(), more: z.number(), groups: z.array(group) },
    })
    .nullable()
    .describe('Of a change of mode: requests of the last day that Block refuses, or would.'),
});

const pod = z.object({
  ...{ name: z.string(), uid: z.string(), node: z.string(), owner: z.string(), ready: z.boolean() },
  ...{ verdict: z.string(), reason: z.string(), message: z.string() },
  quarantine: z.object({ until: z.string(), reason: z.string(), actor: z.string() }).nullable(),
});

const workload = z.object({
  ...{ namespace: z.string(), name: z.string(), selected: z.boolean(), because: z.string() },
  ...{ policy: z.string().nullable(), mode: z.string().nullable(), verdict: z.string(), why: z.string() },
  inspect: z.boolean().nullable(),
  pods: z.array(pod),
});

export const workloadsQuery = z.object({
  namespace: z.string().max(63).optional(),
  text: z.string().max(253).optional().describe('Part of a name.'),
});

export const workloadsSchema = z.object({
  namespaces: z.array(z.string()),
  workloads: z.array(workload),
  more: z.number().describe('Beyond those that are listed.'),
  nodes: z.array(
    z.object({
      ...{ node: z.string(), heardAt: z.string().nullable() },
      ...{ isSilent: z.boolean(), problem: z.string() },
    }),
  ),
  unseen: z.array(z.string()),
});

export const storySchema = z.object({
  workload,
  steps: z.array(
    z.object({
      ...{ step: z.string(), state: z.string() },
      ...{ says: z.array(z.string()), remedies: z.array(z.string()) },
    }),
  ),
  settings: z.array(z.object({ path: z.string(), value: z.string(), from: z.array(z.string()) })),
  acts: z.boolean().describe('Whether who asks may change something here.'),
});

export const WORKLOAD_PARAMETERS = {
  type: 'object',
  required: ['namespace', 'name'],
  properties: { namespace: { type: 'string' }, name: { type: 'string' } },
};

export const keySchema = z.strictObject({ namespace: objectName, name: objectName });

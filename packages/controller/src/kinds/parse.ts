/** Objects as the API server gives them to what the rest of the controller works on. */
import { z } from 'zod';
import type { Condition } from '../conditions.ts';
import { KINDS, type KindName } from './definitions.ts';
import type { CustomObject, ObjectMeta } from './objects.ts';
import { SPEC_PROBLEMS, type SpecProblem, schemaProblems } from './problems.ts';
import type { DeepReadonly } from './schema/field.ts';
import { conditionsStatus } from './schema/status.ts';

export type SpecOf<Kind extends KindName> = DeepReadonly<z.output<(typeof KINDS)[Kind]['spec']>>;

export type ParsedObject<Kind extends KindName> =
  | { readonly kind: 'valid'; readonly object: CustomObject<SpecOf<Kind>> }
  /** It is told of its problems; nothing of it comes into force. */
  | { readonly kind: 'invalid'; readonly metadata: ObjectMeta; readonly problems: readonly SpecProblem[] };

const metadataSchema = z.object({
  name: z.string(),
  namespace: z.exactOptional(z.string()),
  uid: z.string().default(''),
  generation: z.int().default(0),
  creationTimestamp: z.string().default(''),
  resourceVersion: z.string().default(''),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

const objectSchema = z.object({
  metadata: metadataSchema,
  spec: z.unknown().optional(),
  status: z.unknown().optional(),
});

/** What every object of Kubernetes' has; empty where a file has not. */
export const parseMetadata = (raw: unknown): ObjectMeta => metadataSchema.parse(raw);

/**
 * @throws ZodError for what is no object of Kubernetes' at all
 */
export function parseObject<Kind extends KindName>(kind: Kind, raw: unknown): ParsedObject<Kind> {
  const { metadata, spec, status } = objectSchema.parse(raw);
  const problems = specProblems(kind, spec);
  if (problems.length > 0) return { kind: 'invalid', metadata, problems };
  const conditions = conditionsStatus.safeParse(status).data?.conditions as readonly Condition[] | undefined;
  const parsed = KINDS[kind].spec.parse(spec ?? {}) as SpecOf<Kind>;
  return { kind: 'valid', object: { metadata, spec: parsed, ...(conditions && { status: { conditions } }) } };
}

/** What is wrong with a spec: by its schema, and then by what that cannot say. */
export function specProblems(kind: KindName, spec: unknown): readonly SpecProblem[] {
  const definition = KINDS[kind];
  const parsed = definition.spec.safeParse(spec ?? {});
  if (!parsed.success) return schemaProblems(definition.spec, spec ?? {}, 'spec');
  return SPEC_PROBLEMS[kind]?.(parsed.data as never) ?? [];
}

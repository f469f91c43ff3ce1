/**
 * What tsc holds the schemas of machine-written kinds to: a field that the planner has and the schema has not would be pruned by the API server.
 */
import { expect, it } from 'vitest';
import type { z } from 'zod';
import type { DeepReadonly } from '../../src/kinds/schema/field.ts';
import type { nodePlanSpec, nodeReportStatus, workloadSliceSpec } from '../../src/kinds/schema/node.ts';
import type { NodeReport } from '../../src/plan/node-report.ts';
import type { NodePlan, Workload } from '../../src/plan/plan.ts';

/** Names of all fields, however deep: `pods.ports.number`. */
type Paths<T> = T extends readonly (infer Item)[]
  ? Paths<Item>
  : T extends object
    ? { [Key in keyof T & string]-?: Key | `${Key}.${Paths<NonNullable<T[Key]>>}` }[keyof T & string]
    : never;

type Missing<Of, From> = Exclude<Paths<Of>, Paths<From>>;

/** `true`, or what is wrong. */
type Agreement<Schema, Type> = [Missing<Type, Schema>] extends [never]
  ? [Missing<Schema, Type>] extends [never]
    ? DeepReadonly<Schema> extends Type
      ? Type extends DeepReadonly<Schema>
        ? true
        : 'the schema takes less'
      : 'the schema takes more'
    : { readonly onlyInSchema: Missing<Schema, Type> }
  : { readonly notInSchema: Missing<Type, Schema> };

const AGREEMENT: readonly [
  Agreement<z.output<typeof nodePlanSpec>, NodePlan>,
  Agreement<z.output<typeof nodeReportStatus>, NodeReport>,
  Agreement<z.output<typeof workloadSliceSpec>['workloads'][number], Workload>,
] = [true, true, true];

it('has a schema for all that the planner and the nodes write (tsc checks it)', () => {
  expect(AGREEMENT).toEqual([true, true, true]);
});

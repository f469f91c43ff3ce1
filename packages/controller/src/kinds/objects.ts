/** Our kinds as TypeScript has them: what their schemas (schema/) say. What a cluster holds is checked by these before it becomes one (parse.ts). */
import type { z } from 'zod';
import type { Condition } from '../conditions.ts';
import type { alertSpec } from './schema/alert.ts';
import type { DeepReadonly } from './schema/field.ts';
import type { quarantineSchema, sluiceSpec } from './schema/installation.ts';
import type { workloadSliceSpec } from './schema/node.ts';
import type {
  allowancesSchema,
  clusterWafPolicySpec,
  ruleSetSpec,
  wafPolicySpec,
} from './schema/policies.ts';
import type { exclusionSchema, modeSchema, settingsSchema } from './schema/settings.ts';
import type { labelSelectorSchema, targetRefSchema, tlsRefSchema } from './schema/targets.ts';

export interface ObjectMeta {
  readonly name: string;
  /** Absent of kinds that have none. */
  readonly namespace?: string;
  readonly uid: string;
  readonly generation: number;
  /** ISO 8601. */
  readonly creationTimestamp: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface CustomObject<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

type Of<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

export type Mode = z.output<typeof modeSchema>;
/** What a policy says; absent is inherited, field by field. */
export type PolicySettings = Of<typeof settingsSchema>;
export type Exclusion = Of<typeof exclusionSchema>;
export type LabelSelector = Of<typeof labelSelectorSchema>;
/** A policy's target, as Gateway API's policies have it. */
export type TargetRef = Of<typeof targetRefSchema>;
/** The TLS key of a port, for which traffic is inspected that is TLS. */
export type TlsRef = Of<typeof tlsRefSchema>;
/** Namespaced. With neither `targetRefs` nor `workloadSelector` it is for all of its namespace that is selected. */
export type WafPolicySpec = Of<typeof wafPolicySpec>;
/** How far policies of namespaces may be weaker than what they inherit. What is absent here may not be weakened. */
export type Allowances = Of<typeof allowancesSchema>;
/** For the whole cluster. The oldest one that matches a namespace is what the namespace inherits. */
export type ClusterWafPolicySpec = Of<typeof clusterWafPolicySpec>;
/** Fragments of SecLang, with tests. */
export type RuleSetSpec = Of<typeof ruleSetSpec>;
export type RuleTest = NonNullable<RuleSetSpec['tests']>[number];
/** The installation: one object, named `sluice`. */
export type SluiceSpec = Of<typeof sluiceSpec>;
export type QuarantineSpec = Of<typeof quarantineSchema>;
/** Namespaced: in Sluice's own namespace it sees all events, elsewhere those to and from its namespace. */
export type AlertSpec = Of<typeof alertSpec>;
export type WorkloadSliceSpec = Of<typeof workloadSliceSpec>;

export type Sluice = CustomObject<SluiceSpec>;
export type ClusterWafPolicy = CustomObject<ClusterWafPolicySpec>;
export type WafPolicy = CustomObject<WafPolicySpec>;
export type RuleSet = CustomObject<RuleSetSpec>;
export type Alert = CustomObject<AlertSpec>;

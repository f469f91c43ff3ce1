/** Policies add up in Kubernetes: what another one lets by, ours does not stop. They are found, and told. */
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { POLICY_NAME, QUARANTINED } from './names.ts';
import type { TargetPod } from './pod.ts';
import { networkPoliciesPath } from './policy-writer.ts';
import { readAll } from './requests.ts';

const expressionSchema = z.looseObject({
  key: z.string(),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).optional(),
});

const policySchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z
    .looseObject({
      podSelector: z
        .looseObject({
          matchLabels: z.record(z.string(), z.string()).optional(),
          matchExpressions: z.array(expressionSchema).optional(),
        })
        .optional(),
      ingress: z.array(z.unknown()).nullish(),
      egress: z.array(z.unknown()).nullish(),
    })
    .optional(),
});

/** Names of those that select the pod as it is in quarantine and have a rule that lets anything by. */
export async function policiesThatAllow(api: Api, pod: TargetPod): Promise<readonly string[]> {
  const found = await readAll(api, networkPoliciesPath(pod.namespace));
  return allowing(found, { ...pod.labels, [QUARANTINE_LABEL]: QUARANTINED });
}

export function allowing(
  policies: readonly unknown[],
  labels: Readonly<Record<string, string>>,
): readonly string[] {
  return policies
    .map((raw) => policySchema.parse(raw))
    .filter(({ metadata, spec = {} }) => {
      const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
      return metadata.name !== POLICY_NAME && rules.length > 0 && selects(spec.podSelector ?? {}, labels);
    })
    .map(({ metadata }) => metadata.name)
    .toSorted();
}

type Selector = NonNullable<NonNullable<z.infer<typeof policySchema>['spec']>['podSelector']>;

function selects(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

function holds(
  { key, operator, values = [] }: z.infer<typeof expressionSchema>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

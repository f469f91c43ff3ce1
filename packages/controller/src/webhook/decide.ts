/** What is said of an object of ours before the API server takes it. Nothing is written: a dry run is as good as any. */
import { isDeepStrictEqual } from 'node:util';
import { HubError, parseQuery, schemaOf } from '@sluice/hub';
import { hasGatewayObject } from '../gateway-api.ts';
import { KINDS, type KindName } from '../kinds/definitions.ts';
import { GROUP } from '../kinds/names.ts';
import type { AlertSpec, ClusterWafPolicySpec, RuleSetSpec, WafPolicySpec } from '../kinds/objects.ts';
import { specProblems } from '../kinds/parse.ts';
import type { SpecProblem } from '../kinds/problems.ts';
import type { RulePlace, RuleSetVerdict } from '../rules/verdict.ts';
import type { World } from '../world.ts';
import type { WorldPlaces } from './places.ts';
import { type AdmissionRequest, type Decision, LET_IN } from './review.ts';

export interface DeciderOptions {
  readonly judge: { judge(place: RulePlace): Promise<ReadonlyMap<string, RuleSetVerdict>> };
  readonly places: WorldPlaces;
  readonly world: () => World;
}

/** What the object is called, and where it is. */
interface Asked {
  readonly namespace: string;
  readonly name: string;
}

const isOurs = (kind: string): kind is KindName => kind in KINDS;

export class Decider {
  readonly #options: DeciderOptions;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  async decide(request: AdmissionRequest): Promise<Decision> {
    const { kind, operation, subResource, object, oldObject } = request;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return LET_IN;
    if (subResource !== undefined && subResource !== '') return LET_IN;
    if (kind.group !== GROUP || !isOurs(kind.kind) || !object) return LET_IN;
    // Labels, finalizers, and what is on its way out: none of it comes into force.
    if (object.metadata.deletionTimestamp !== undefined) return LET_IN;
    if (oldObject && isDeepStrictEqual(object.spec, oldObject.spec)) return LET_IN;
    const problems = specProblems(kind.kind, object.spec);
    if (problems.length > 0) return { problems, warnings: [] };
    const namespace = object.metadata.namespace || request.namespace;
    const asked = { namespace, name: object.metadata.name || request.name };
    const before = oldObject?.spec;
    switch (kind.kind) {
      case 'RuleSet':
        return this.#ruleSet(asked, (object.spec ?? {}) as RuleSetSpec);
      case 'WAFPolicy':
        return this.#policy(asked, (object.spec ?? {}) as WafPolicySpec, (before ?? {}) as WafPolicySpec);
      case 'ClusterWAFPolicy':
        return this.#clusterPolicy((object.spec ?? {}) as ClusterWafPolicySpec);
      case 'Alert':
        return { problems: queryProblems(object.spec as AlertSpec), warnings: [] };
      default:
        return LET_IN;
    }
  }

  async #ruleSet(asked: Asked, spec: RuleSetSpec): Promise<Decision> {
    const problems: SpecProblem[] = [];
    const warnings = new Set<string>();
    for (const place of this.#options.places.ofRuleSet({ ...asked, spec })) {
      const verdict = (await this.#options.judge.judge(place)).get(`${asked.namespace}/${asked.name}`);
      if (verdict === undefined) continue;
      if (verdict.kind === 'ok') for (const warning of verdict.warnings) warnings.add(warning);
      else problems.push(...verdict.problems.map(({ field, message }) => ({ path: field, message })));
      if (problems.length > 0) break;
    }
    return { problems, warnings: [...warnings] };
  }

  async #policy(asked: Asked, spec: WafPolicySpec, before: WafPolicySpec): Promise<Decision> {
    const warnings = [...this.#targetWarnings(asked, spec), ...this.#ruleSetWarnings(asked, spec)];
    if (spec.mode === 'Block' && before.mode !== 'Detect' && before.mode !== 'Block') {
      warnings.push('spec.mode: Block from the start; Detect for some days shows what it would refuse');
    }
    if ((spec.ruleSets ?? []).length === 0) return { problems: [], warnings };
    const place = this.#options.places.ofPolicy(asked.namespace, asked.name, spec);
    const verdicts = await this.#options.judge.judge(place);
    const problems: SpecProblem[] = [];
    for (const [index, name] of (spec.ruleSets ?? []).entries()) {
      const verdict = verdicts.get(`${asked.namespace}/${name}`);
      const path = `spec.ruleSets[${index}]`;
      // In force is what was good: a policy may be changed beside a RuleSet that is not.
      if (verdict?.kind === 'refused')
        warnings.push(`${path}: ${verdict.problems[0]?.message ?? verdict.reason}`);
    }
    return { problems, warnings };
  }

  #targetWarnings({ namespace }: Asked, spec: WafPolicySpec): readonly string[] {
    const world = this.#options.world();
    return (spec.targetRefs ?? []).flatMap(({ kind, name }, index) => {
      const isThere =
        kind === 'Service'
          ? world.services.has(`${namespace}/${name}`)
          : hasGatewayObject(world.gateway, kind, `${namespace}/${name}`);
      return isThere
        ? []
        : [`spec.targetRefs[${index}]: there is no ${kind} ${name} in namespace ${namespace} yet`];
    });
  }

  #ruleSetWarnings({ namespace }: Asked, spec: WafPolicySpec): readonly string[] {
    const { ruleSets } = this.#options.world();
    return (spec.ruleSets ?? []).flatMap((name, index) =>
      ruleSets.has(`${namespace}/${name}`)
        ? []
        : [`spec.ruleSets[${index}]: there is no RuleSet ${name} in namespace ${namespace} yet`],
    );
  }

  #clusterPolicy(spec: ClusterWafPolicySpec): Decision {
    const warnings: string[] = [];
    if (spec.select === 'All' && spec.defaults?.mode === 'Block') {
      warnings.push(
        'spec.defaults.mode: Block for all Services from the start; Detect shows what it would refuse',
      );
    }
    return { problems: [], warnings };
  }
}

/** The query as the store will be asked it. */
function queryProblems({ dataSet, query, substitutions }: AlertSpec): readonly SpecProblem[] {
  if (query === undefined) return [];
  try {
    const values = new Map((substitutions ?? []).map((entry) => [entry.name, entry.values ?? []] as const));
    parseQuery(query, schemaOf(dataSet), { substitutions: values });
    return [];
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return [{ path: 'spec.query', message: error.message }];
  }
}

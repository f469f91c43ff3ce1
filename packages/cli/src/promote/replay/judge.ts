/** Captured requests judged by the rules of a configuration, in Block, as the server judges them. */
import { join } from 'node:path';
import { Engine, type WafEvent } from '@sluice/engine';
import {
  type CapturedRequest,
  type Config,
  createEngineInspector,
  decide,
  type ExclusionPolicy,
  madeEvent,
  PolicySelector,
} from '@sluice/server';
import { baseFiles } from '../../serve/base-files.ts';
import { cacheDirectory } from '../../setup/paths.ts';

export interface Matched {
  readonly rule: number;
  readonly target: string;
  readonly score: number;
}

export interface Judged {
  readonly denied: boolean;
  /** Why it could not be inspected; empty where it could be. */
  readonly cause: string;
  /** What added to a score, or denied by itself. */
  readonly matched: readonly Matched[];
}

export type Judge = (request: CapturedRequest) => Judged;

/** Requests of policies that the configuration has, alone. @throws EngineError of rule files, ServeError CRS_LAYOUT */
export function judgeBy(
  { rules, policies, select }: Pick<Config, 'rules' | 'policies' | 'select'>,
  more: readonly ExclusionPolicy[] = [],
): Judge {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const inBlock = (policy: Config['policies'][string]): Config['policies'][string] => ({
    ...policy,
    ...{ mode: 'Block', staged: null, exclusions: [...policy.exclusions, ...more] },
  });
  const own = Object.entries(policies).map(([name, policy]) => [name, inBlock(policy)] as const);
  const all = { ...Object.fromEntries(own), default: inBlock(policies.default) };
  const selector = new PolicySelector(all, select);
  const { inspector } = createEngineInspector({ engine, baseFiles: baseFiles(rules), policies: all, select });
  return ({ attributes, body, bodyComplete, policy: named }) => {
    // The policy is the captured one; what makes it stricter follows from the request.
    const selected = selector.select({ named, destination: NOWHERE, ...attributes });
    const asked = { attributes, body, bodyComplete, policy: selected.ruleSet, probe: false };
    const inspection = inspector.inspect(asked);
    // The inspector of one thread answers at once.
    if (inspection instanceof Promise) return { denied: true, cause: 'inspector_failed', matched: [] };
    const { verdict, mode, event } = inspection;
    const { action } = decide(verdict, selected.policy, mode);
    return {
      denied: selected.denied || action === 'deny',
      cause: verdict.kind === 'uninspectable' ? verdict.cause : '',
      matched: matchedIn(madeEvent(event), verdict.kind === 'deny' ? verdict.ruleId : null),
    };
  };
}

/** Nothing is chosen by it. */
const NOWHERE = { address: '', port: 0, route: null, virtualHost: null };

const isEvent = (event: unknown): event is WafEvent =>
  typeof event === 'object' && event !== null && 'waf' in event;

function matchedIn(event: unknown, decider: number | null): readonly Matched[] {
  if (!isEvent(event)) return [];
  return event.waf.rules.flatMap(({ id, targets }) =>
    targets
      .filter(({ score }) => score > 0 || Number(id) === decider)
      .filter(({ variable }) => !variable.startsWith('TX:'))
      .map(({ variable, score }) => ({ rule: Number(id), target: variable, score })),
  );
}

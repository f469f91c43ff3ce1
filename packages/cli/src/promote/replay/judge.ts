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

/** @throws EngineError of rule files, ServeError CRS_LAYOUT */
export function judgeBy(
  { rules, policies }: Pick<Config, 'rules' | 'policies'>,
  more: readonly ExclusionPolicy[] = [],
): Judge {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const inBlock = (policy: Config['policies'][string]): Config['policies'][string] => ({
    ...policy,
    ...{ mode: 'Block', staged: null, exclusions: [...policy.exclusions, ...more] },
  });
  const own = Object.entries(policies).map(([name, policy]) => [name, inBlock(policy)] as const);
  const named = new Map(own);
  const all = { ...Object.fromEntries(own), default: inBlock(policies.default) };
  const { inspector } = createEngineInspector({ engine, baseFiles: baseFiles(rules), policies: all });
  return ({ attributes, body, bodyComplete, policy }) => {
    const inspection = inspector.inspect({ attributes, body, bodyComplete, policy, probe: false });
    // The inspector of one thread answers at once.
    if (inspection instanceof Promise) return { denied: true, cause: 'inspector_failed', matched: [] };
    const { verdict, mode, event } = inspection;
    const { action } = decide(verdict, named.get(policy) ?? all.default, mode);
    return {
      denied: action === 'deny',
      cause: verdict.kind === 'uninspectable' ? verdict.cause : '',
      matched: matchedIn(madeEvent(event), verdict.kind === 'deny' ? verdict.ruleId : null),
    };
  };
}

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

/**
 * The move from Detect to Block in stages, as a plan that can be written down, and what follows from what was seen. Pure: who runs it reads events, writes
 * configuration and keeps the plan.
 *
 *     route ─▶ percentage ─▶ … ─▶ whole ─▶ done
 *       └──────────┴───────────────┴─▶ fallen back: Detect, where false positives are seen
 */
import { z } from 'zod';
import type { Analysis } from './analyse.ts';
import type { Group } from './groups.ts';

const moment = z.iso.datetime();

const stageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('route'), paths: z.array(z.string()).min(1) }),
  z.strictObject({ kind: z.literal('percentage'), percent: z.number().gt(0).lt(100) }),
  z.strictObject({ kind: z.literal('whole') }),
]);

export type Stage = z.output<typeof stageSchema>;

export const planSchema = z
  .strictObject({
    version: z.literal(1),
    workload: z.string().min(1),
    policy: z.string().min(1),
    stages: z.array(stageSchema).min(1),
    /** The stage that is in force, or comes into force next, from 0. */
    stage: z.int().min(0),
    state: z.enum(['moving', 'done', 'fallen back', 'stopped']),
    began: moment,
    /** When the stage came into force; null while it has not. */
    since: moment.nullable(),
    /** Milliseconds for which each stage holds before the next. */
    holdMillis: z.int().min(1),
    /** Milliseconds that events may be late. */
    lagMillis: z.int().min(0),
    /** Requests that look like false positives and are put up with. */
    tolerated: z.int().min(0),
    history: z.array(z.strictObject({ at: moment, what: z.string(), says: z.string(), told: z.boolean() })),
  })
  .refine(({ stage, stages }) => stage < stages.length, 'stage is none of stages');

export type MovePlan = z.output<typeof planSchema>;

export type Next =
  | { readonly kind: 'wait' }
  | { readonly kind: 'advance' }
  | { readonly kind: 'done' }
  | { readonly kind: 'fall back'; readonly because: string };

/** Groups of false positives that are shown as the reason. */
const SHOWN_GROUPS = 3;

/**
 * @param seen all of the time since the plan began
 * @param now milliseconds since the epoch
 */
export function nextOf(plan: MovePlan, seen: Analysis, now: number): Next {
  const groups = seen.groups.filter(({ judgement }) => judgement.verdict === 'false positive');
  const events = new Set(
    groups.flatMap(({ members }) => members.filter(({ isAttack }) => !isAttack).map(({ event }) => event)),
  );
  const requests = [...events].reduce((sum, { weight }) => sum + weight, 0);
  if (requests > plan.tolerated) {
    const denied = [...events].filter((event) => event.denied).length;
    const places = groups.slice(0, SHOWN_GROUPS).map(placeOf).join('; ');
    return {
      kind: 'fall back',
      because: `${requests} requests look like false positives, ${denied} of them denied: ${places}`,
    };
  }
  if (plan.since === null || now < Date.parse(plan.since) + plan.holdMillis + plan.lagMillis) {
    return { kind: 'wait' };
  }
  return plan.stage === plan.stages.length - 1 ? { kind: 'done' } : { kind: 'advance' };
}

const placeOf = ({ rule, target, path, sources }: Group): string =>
  `rule ${rule} in ${target} at ${path}, ${sources} sources`;

/** What a policy of sluice.yaml says in a stage; null is Detect without stages. */
export interface StagedMode {
  readonly mode: 'Detect' | 'Block';
  readonly staged: { readonly paths: readonly string[]; readonly percent: number } | null;
}

/** Routes of stages before stay in Block. */
export function modeOf({ stages, stage, state }: MovePlan): StagedMode {
  if (state === 'fallen back') return { mode: 'Detect', staged: null };
  const reached = stages.slice(0, stage + 1);
  if (reached.some(({ kind }) => kind === 'whole')) return { mode: 'Block', staged: null };
  const paths = reached.flatMap((each) => (each.kind === 'route' ? each.paths : []));
  const percents = reached.map((each) => (each.kind === 'percentage' ? each.percent : 0));
  return { mode: 'Detect', staged: { paths: [...new Set(paths)], percent: Math.max(...percents) } };
}

export const describeStage = (stage: Stage | undefined): string => {
  switch (stage?.kind) {
    case 'route':
      return `Block at ${stage.paths.join(', ')}`;
    case 'percentage':
      return `Block for ${stage.percent} % of clients`;
    default:
      return 'Block for all';
  }
};

/** With a line more of what became of it, which somebody has to be told. */
export const withHistory = (plan: MovePlan, at: number, what: string, says: string): MovePlan => ({
  ...plan,
  history: [...plan.history, { at: new Date(at).toISOString(), what, says, told: false }],
});

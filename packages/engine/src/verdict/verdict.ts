/** What the engine says of a message. Whether it is enforced is the policy's mode: Detect judges alike and lets pass. */

/** Why a message could not be inspected to its end; a policy may name the very cause that it lets pass. */
export const UNINSPECTABLE_CAUSES = [
  'body_arguments',
  'body_depth',
  'body_encoding',
  'body_partial',
  'body_parts',
  'body_size',
  'body_syntax',
  'match_limit',
  'query_arguments',
  'response_size',
  'rule_failed',
] as const;

export type UninspectableCause = (typeof UNINSPECTABLE_CAUSES)[number];

export type Verdict =
  | { readonly kind: 'allow' }
  | {
      readonly kind: 'deny';
      readonly action: 'deny' | 'drop' | 'redirect';
      /** HTTP status that the rule asks for. */
      readonly status: number;
      readonly ruleId: number;
      readonly phase: number;
      /** Where a redirect leads. */
      readonly location: string | null;
    }
  | { readonly kind: 'uninspectable'; readonly cause: UninspectableCause; readonly detail: string };

export const ALLOW: Verdict = Object.freeze({ kind: 'allow' });

const WEIGHTS: Readonly<Record<Verdict['kind'], number>> = { allow: 0, uninspectable: 1, deny: 2 };

/** The one of two verdicts about the same message that counts; the first where they weigh the same. */
export const weightier = (one: Verdict, other: Verdict): Verdict =>
  WEIGHTS[other.kind] > WEIGHTS[one.kind] ? other : one;

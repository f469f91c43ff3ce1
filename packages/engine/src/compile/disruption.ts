/** What a rule asks for when it matches: its own disruptive action, or the default action's for `block` and for none. */
import { parseMacro } from '../language/macro.ts';
import type { Disruption, DisruptiveAction } from '../rule-set/program.ts';

/** Statuses with which a redirect works; any other becomes 302 (ModSecurity reference manual, `redirect`). */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export const PASS: Disruption = Object.freeze({ kind: 'pass' });

/**
 * @param action null where the rule names none
 * @param byDefault the disruption of the phase's default action
 */
export function disruptionOf(
  action: DisruptiveAction | null,
  status: number | null,
  byDefault: Disruption,
): Disruption {
  switch (action?.name) {
    case undefined:
    case 'block':
      return withStatus(byDefault, status);
    case 'pass':
      return PASS;
    case 'deny':
    case 'drop':
      return { kind: action.name, status: status ?? statusOf(byDefault) ?? 403 };
    case 'redirect':
      return {
        kind: 'redirect',
        status: redirectStatus(status ?? statusOf(byDefault)),
        location: parseMacro(action.argument ?? ''),
      };
    case 'allow':
      return { kind: 'allow', scope: allowScope(action.argument) };
  }
}

export const statusOf = (disruption: Disruption): number | null =>
  'status' in disruption ? disruption.status : null;

/** The same with another status, where it has one. */
export function withStatus(disruption: Disruption, status: number | null): Disruption {
  if (status === null || !('status' in disruption)) return disruption;
  return { ...disruption, status: disruption.kind === 'redirect' ? redirectStatus(status) : status };
}

const redirectStatus = (status: number | null): number =>
  status !== null && REDIRECTS.includes(status) ? status : 302;

function allowScope(argument: string | null): 'transaction' | 'phase' | 'request' {
  const scope = argument?.toLowerCase();
  return scope === 'phase' || scope === 'request' ? scope : 'transaction';
}

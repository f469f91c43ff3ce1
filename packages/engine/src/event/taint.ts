/**
 * Parts of secrets that rules have set aside. A rule that matches in a secret may keep what it captured in a variable, cut and
 * transformed, where no search for the secret would find it. So once one has, variables and texts that could hold such a part
 * are not shown. A rule of whose chain only the beginning matched is not told of: what it kept is searched for as any text.
 */
import type { MatchedTarget } from '../evaluate/state.ts';
import type { Macro, MacroPart } from '../language/ast.ts';
import type { CompiledAction, CompiledRule } from '../rule-set/program.ts';

/** Variables that rules write, by their names in labels and macros. */
const WRITTEN = /^(?:TX|ENV|IP|GLOBAL|SESSION|USER|RESOURCE|MATCHED_VARS?)(?=:|$)/;

/** What the CRS counts with: numbers of its own, and no part of anything. */
const COUNTED = /score|threshold|paranoia|level|count|limit|max|length/i;
const NUMBER = /^-?\d{1,9}$/;

/** The label of a part without the collections that handed it on: `ARGS:a` of `MATCHED_VARS:ARGS:a`. */
const ownLabel = (label: string): string => label.replace(/^(?:MATCHED_VARS:)+/, '');

/** Whether a value comes from a variable that a rule has written. */
export const isWritten = (label: string, value: string): boolean => {
  const own = ownLabel(label);
  return WRITTEN.test(own) && !(COUNTED.test(own) && NUMBER.test(value));
};

const keeping = new WeakMap<CompiledRule, boolean>();

/** Whether a rule keeps something of what it matches. */
export function keepsParts(rule: CompiledRule): boolean {
  let keeps = keeping.get(rule);
  if (keeps === undefined) {
    keeps = rule.links.some(({ capture, actions }) => capture || actions.some(writesRead));
    keeping.set(rule, keeps);
  }
  return keeps;
}

function writesRead(action: CompiledAction): boolean {
  if (action.kind === 'setvar') return action.setvar.value.some(isRead);
  return action.kind === 'setenv' && (action.value ?? []).some(isRead);
}

/** What a message may have brought: anything but a variable that has a name of its own in TX. */
const isRead = (part: MacroPart): boolean =>
  typeof part !== 'string' && (part.variable !== 'TX' || isCapture(part.key));

const isCapture = (key: string | null): boolean => key !== null && /^\d$/.test(key);

/**
 * @param kept what rules matched that keep parts of it
 * @param isSecretValue whether a value that stands under this label is a secret, or holds one
 */
export const isTainted = (
  kept: readonly Pick<MatchedTarget, 'label' | 'value'>[],
  isSecretValue: (label: string, value: string) => boolean,
): boolean => kept.some(({ label, value }) => isSecretValue(label, value));

/** Whether a text of a rule quotes what other rules have written. */
export function quotesWritten({ links }: CompiledRule, text: Macro | null): boolean {
  const captures = links.some(({ capture }) => capture);
  return (text ?? []).some((part) => {
    if (typeof part === 'string' || part.variable.startsWith('MATCHED_VAR')) return false;
    if (part.variable === 'TX' && isCapture(part.key)) return !captures;
    return WRITTEN.test(part.variable) && !COUNTED.test(part.key ?? '');
  });
}

/** An exclusion for an event before it is saved: what it is made of, what it becomes, and what else would pass with it. */
import { type EventStore, HubError } from '@sluice/hub';
import {
  type BlockedEvent,
  blockedEvent,
  type Choice,
  type Choices,
  choicesOf,
  type Effect,
  type ExclusionObject,
  effectOf,
  exclusionsFor,
  type InForce,
  type Scope,
} from '@sluice/hub/promote';
import { stringify } from 'yaml';
import { ConsoleError } from '../errors.ts';
import type { PolicyDesk } from './desk.ts';

export interface PolicyView {
  readonly store: EventStore;
  readonly desk: PolicyDesk | null;
  /** Whether the store shows some namespaces only. */
  readonly confined: boolean;
}

export interface PreviewAsked {
  readonly event: string;
  readonly chosen: readonly Pick<Choice, 'rule' | 'target'>[] | null;
  readonly scope: Scope | null;
  readonly reason: string;
  readonly owner: string;
  readonly expires: string | null;
  readonly days: number;
}

export interface ExclusionPreview extends Choices {
  readonly policy: string;
  readonly file: string | null;
  readonly scope: Scope;
  readonly exclusions: readonly ExclusionObject[];
  readonly secLang: string;
  /** For a sluice.yaml; the entries are those of a WAFPolicy, too. */
  readonly yaml: string;
  /** Null where nothing is chosen. */
  readonly effect: Effect | null;
  readonly confirmation: string | null;
  readonly confined: boolean;
}

const DAY = 86_400_000;

/** @throws HubError HUB_NOT_FOUND, and of stores; ConsoleError CONSOLE_NOTHING, CONSOLE_CHOICE; errors of the desk */
export async function previewOf(asked: PreviewAsked, view: PolicyView): Promise<ExclusionPreview> {
  const { desk, store, confined } = view;
  const event = await refusedEvent(asked.event, store);
  const file = desk?.file ?? null;
  const inForce = desk === null || file === null ? [] : await desk.inForce(event.policy);
  const choices = choicesOf(event, inForce);
  const scope = scopeOf(asked.scope, choices.scopes);
  const exclusions = chosenExclusions(event, choices, { ...asked, scope });
  const effect = exclusions.length === 0 ? null : await judged(event, exclusions, { inForce, asked, store });
  return {
    ...choices,
    ...{ policy: event.policy, file, scope, exclusions, effect, confined },
    secLang: desk === null ? '' : exclusions.map((each) => desk.secLangOf(each)).join('\n'),
    yaml:
      exclusions.length === 0
        ? ''
        : stringify({ policies: { [event.policy]: { exclusions } } }, { lineWidth: 0 }),
    confirmation: effect !== null && (effect.attacks > 0 || scope === 'everywhere') ? event.policy : null,
  };
}

/** @throws HubError HUB_NOT_FOUND; ConsoleError CONSOLE_NOTHING */
export async function refusedEvent(id: string, store: EventStore): Promise<BlockedEvent> {
  const stored = await store.get('waf', id);
  if (stored === null) throw new HubError('HUB_NOT_FOUND', { what: 'event of that id' });
  const event = blockedEvent(stored.id, stored.document);
  if (event === null)
    throw new ConsoleError('CONSOLE_NOTHING', { what: 'a request that was, or would be, refused' });
  return event;
}

/** @throws ConsoleError CONSOLE_CHOICE */
function scopeOf(asked: Scope | null, scopes: readonly Scope[]): Scope {
  const scope = asked ?? scopes[0] ?? 'everywhere';
  if (scopes.includes(scope)) return scope;
  throw new ConsoleError('CONSOLE_CHOICE', { what: scope });
}

/** @throws ConsoleError CONSOLE_CHOICE */
function chosenExclusions(
  event: BlockedEvent,
  { choices }: Choices,
  { chosen, scope, reason, owner, expires }: PreviewAsked & { readonly scope: Scope },
): readonly ExclusionObject[] {
  const wanted = chosen ?? choices.filter(({ needed }) => needed);
  const strange = wanted.find(
    ({ rule, target }) => !choices.some((each) => each.rule === rule && each.target === target),
  );
  if (strange !== undefined)
    throw new ConsoleError('CONSOLE_CHOICE', { what: `rule ${strange.rule} in ${strange.target}` });
  return exclusionsFor(event, wanted, { scope, reason }).map((exclusion) => ({
    ...exclusion,
    ...(owner === '' ? {} : { owner }),
    ...(expires === null ? {} : { expires }),
  }));
}

function judged(
  event: BlockedEvent,
  exclusions: readonly ExclusionObject[],
  {
    inForce,
    asked,
    store,
  }: { readonly inForce: readonly InForce[]; readonly asked: PreviewAsked; readonly store: EventStore },
): Promise<Effect> {
  const to = Date.now() + 1;
  return effectOf(store, { event, exclusions, inForce, from: to - asked.days * DAY, to });
}

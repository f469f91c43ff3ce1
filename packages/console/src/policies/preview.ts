/** An exclusion for an event before it is saved: what it is made of, and how it is judged. */
import { type EventStore, HubError, jsonAt } from '@sluice/hub';
import {
  type BlockedEvent,
  blockedEvent,
  type Choice,
  type Choices,
  choicesOf,
  type ExclusionObject,
  exclusionsFor,
  type Scope,
} from '@sluice/hub/promote';
import type { Document } from '@sluice/spool';
import { ConsoleError } from '../errors.ts';
import { type Judged, judged, type PolicyView, type Words, withWords } from './judged.ts';

export interface PreviewAsked extends Words {
  readonly event: string;
  readonly chosen: readonly Pick<Choice, 'rule' | 'target'>[] | null;
  readonly scope: Scope | null;
  readonly reason: string;
  readonly days: number;
}

export interface ExclusionPreview extends Choices, Judged {
  readonly scope: Scope;
}

/** Where a request went; `''` where that is not stored. */
export interface Destination {
  readonly namespace: string;
  readonly service: string;
}

export interface Refused {
  readonly event: BlockedEvent;
  readonly destination: Destination;
}

/** @throws HubError of stores; ConsoleError CONSOLE_CHOICE; errors of the desk */
export async function previewOf(
  { event }: Refused,
  asked: PreviewAsked,
  view: PolicyView,
): Promise<ExclusionPreview> {
  const inForce = await view.inForce(event.policy);
  const choices = choicesOf(event, inForce);
  const scope = scopeOf(asked.scope, choices.scopes);
  const exclusions = chosenExclusions(event, choices, { ...asked, scope });
  const { policy } = event;
  return {
    ...choices,
    scope,
    ...(await judged({ policy, exclusions, event, inForce, days: asked.days }, view)),
  };
}

/** @throws HubError HUB_NOT_FOUND; ConsoleError CONSOLE_NOTHING */
export async function refusedEvent(id: string, store: EventStore): Promise<Refused> {
  const stored = await store.get('waf', id);
  if (stored === null) throw new HubError('HUB_NOT_FOUND', { what: 'event of that id' });
  const event = blockedEvent(stored.id, stored.document);
  if (event === null)
    throw new ConsoleError('CONSOLE_NOTHING', { what: 'a request that was, or would be, refused' });
  return { event, destination: destinationOf(stored.document) };
}

function destinationOf(document: Document): Destination {
  const text = (path: string): string => {
    const [value] = jsonAt(document, path);
    return typeof value === 'string' ? value : '';
  };
  return { namespace: text('waf.destination.namespace'), service: text('waf.destination.service') };
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
  { chosen, scope, reason, ...words }: PreviewAsked & { readonly scope: Scope },
): readonly ExclusionObject[] {
  const wanted = chosen ?? choices.filter(({ needed }) => needed);
  const strange = wanted.find(
    ({ rule, target }) => !choices.some((each) => each.rule === rule && each.target === target),
  );
  if (strange !== undefined)
    throw new ConsoleError('CONSOLE_CHOICE', { what: `rule ${strange.rule} in ${strange.target}` });
  return exclusionsFor(event, wanted, { scope, reason }).map((exclusion) => withWords(exclusion, words));
}

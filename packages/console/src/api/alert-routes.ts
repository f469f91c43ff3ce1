/** Alerts as they are written: seen by who sees their namespace, changed by who acts there. */
import { HubError, readAlertText } from '@sluice/hub';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  type AlertChange,
  type AlertKey,
  type AlertPlace,
  type AlertPlaceName,
  type AlertPlaces,
  type AlertRule,
  keyOf,
  nameOf,
} from '../alerts/place.ts';
import { includes } from '../cluster/grants.ts';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import type { Access, SignedIn } from './access.ts';
import { demandActs, explained, mayAct, personOf } from './acts.ts';
import { alertApplySchema, alertChangeSchema } from './alert-schemas.ts';
import { bodyOf } from './body.ts';
import { CONSOLE_ROUTES } from './routes.ts';

export interface AlertRouteParts {
  readonly access: Access;
  readonly audit: Audit;
  readonly places: AlertPlaces;
}

const NAMES: readonly AlertPlaceName[] = ['folder', 'cluster'];

export function addAlertRoutes(app: FastifyInstance, parts: AlertRouteParts): void {
  const { access, places } = parts;
  app.route({
    ...CONSOLE_ROUTES.alertRules,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.alertRules.role);
      const known = NAMES.flatMap((name) =>
        places[name] === undefined ? [] : [[name, places[name]] as const],
      );
      const rules = await Promise.all(known.map(([name, place]) => listed(name, place, signedIn)));
      return { places: known.map(([name]) => name), rules: rules.flat(), acts: actsSomewhere(signedIn) };
    },
  });

  app.route({
    ...CONSOLE_ROUTES.alertDraft,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.alertDraft.role);
      const asked = bodyOf(alertChangeSchema, request);
      const change = changeOf(asked, signedIn);
      const draft = await placeOf(parts, asked.place).draft(change, personOf(signedIn));
      return asked.place === 'cluster' ? explained(draft, signedIn) : draft;
    },
  });

  app.route({
    ...CONSOLE_ROUTES.alertApply,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.alertApply.role);
      const { change: asked, version } = bodyOf(alertApplySchema, request);
      const change = changeOf(asked, signedIn);
      if (asked.place === 'cluster') demandPerson(signedIn);
      return { done: await applied(parts, request, signedIn, { place: asked.place, change, version }) };
    },
  });
}

/** @throws ConsoleError CONSOLE_NO_ALERTS */
function placeOf({ places }: AlertRouteParts, name: AlertPlaceName): AlertPlace {
  const place = places[name];
  if (place === undefined) throw new ConsoleError('CONSOLE_NO_ALERTS', { place: name });
  return place;
}

/** Whoever acts in one namespace may write one there. */
function actsSomewhere(signedIn: SignedIn): boolean {
  const { namespaces } = signedIn.identity;
  const acting = signedIn.grant === null ? namespaces : signedIn.grant.acts;
  return acting === null ? mayAct(signedIn, null) : acting.some((namespace) => mayAct(signedIn, namespace));
}

async function listed(name: AlertPlaceName, place: AlertPlace, signedIn: SignedIn) {
  const { namespaces } = signedIn.identity;
  const rules = await place.list(namespaces, personOf(signedIn));
  const isSeen = ({ namespace }: AlertRule): boolean =>
    namespace === null ? namespaces === null : includes(namespaces, namespace);
  return rules
    .filter(isSeen)
    .map((rule) => ({ ...rule, place: name, acts: mayAct(signedIn, rule.namespace) }))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/**
 * Checked before it is known whether there is such an alert.
 * @throws ConsoleError CONSOLE_FORBIDDEN; HubError ALERT_INVALID
 */
function changeOf(asked: z.output<typeof alertChangeSchema>, signedIn: SignedIn): AlertChange {
  if (asked.kind === 'remove') {
    const { namespace, name } = asked;
    demandActs(signedIn, namespace);
    return { kind: 'remove', namespace, name };
  }
  const { text, of } = asked;
  const alert = readAlertText(text, of === null ? 'new' : nameOf(of));
  demandName(alert);
  if (of !== null) demandActs(signedIn, of.namespace);
  demandActs(signedIn, alert.namespace);
  if (of !== null && nameOf(of) !== nameOf(alert)) {
    const reason = 'name and namespace stay: make a new one, and remove this';
    throw new HubError('ALERT_INVALID', { alert: nameOf(of), reason });
  }
  return { kind: 'save', alert, text };
}

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A file is called by it, and an object. @throws HubError ALERT_INVALID */
function demandName({ namespace, name }: AlertKey): void {
  if (NAME.test(name) && (namespace === null || NAMESPACE.test(namespace))) return;
  const reason = 'name and namespace are of small letters, digits and -, a name also of dots';
  throw new HubError('ALERT_INVALID', { alert: name.slice(0, 253), reason });
}

/** @throws ConsoleError CONSOLE_NO_PERSON */
function demandPerson(signedIn: SignedIn): void {
  if (personOf(signedIn) !== null) return;
  throw new ConsoleError('CONSOLE_NO_PERSON', { user: signedIn.identity.name });
}

interface Asked {
  readonly place: AlertPlaceName;
  readonly change: AlertChange;
  readonly version: string;
}

/** The line of the audit stands before anything is done; that it was refused then has a line of its own. */
async function applied(
  parts: AlertRouteParts,
  request: FastifyRequest,
  signedIn: SignedIn,
  { place, change, version }: Asked,
): Promise<readonly string[]> {
  const { name: user } = signedIn.identity;
  const target = `${place} ${nameOf(keyOf(change))}`;
  const entry = { user, address: request.ip, action: `alert.${change.kind}`, target };
  return parts.audit.around(entry, () => placeOf(parts, place).apply(change, version, personOf(signedIn)));
}

/** What actions write: variables of a transaction, and records that outlive it. */
import type { SourcePosition } from '@sluice/engine';
import { type Macro, parseMacro, type SetvarArgument } from '@sluice/engine/anatomy';
import { mayChange, type ReviewContext, untouchable } from './context.ts';
import { type WrittenName, writtenName } from './variables.ts';

/** Scores that only ever deny, the more the higher: they may be raised. */
const SCORE = /^[a-z]+(?:_[a-z]+)*_score(?:_pl[1-4])?$/;

/** What the CRS adds for a severity. */
const SEVERITY_SCORE = /^(?:critical|error|warning|notice)_anomaly_score$/i;

const POINTS = /^\d{1,6}$/;

/** Nothing or more, whatever the request: digits, or the CRS's score of a severity. */
function isIncrease(value: Macro): boolean {
  const [part, ...others] = value;
  if (part === undefined || others.length > 0) return false;
  if (typeof part === 'string') return POINTS.test(part);
  return part.variable === 'TX' && part.key !== null && SEVERITY_SCORE.test(part.key);
}

/** In a namespace. */
export function reviewSetvar(
  context: ReviewContext,
  { collection, name, operation, value }: SetvarArgument,
  position: SourcePosition,
): void {
  const written = writtenName(name);
  const { literal, isWhole } = written;
  const raises = operation === 'add' && isWhole && isIncrease(value);
  if (
    raises &&
    collection === 'TX' &&
    SCORE.test(literal) &&
    context.around.variables.isCounter('TX', literal)
  ) {
    return;
  }
  reviewWrite(context, { action: 'setvar', collection, name: written }, position);
}

interface Write {
  readonly action: string;
  readonly collection: string;
  readonly name: WrittenName;
}

/** Whatever an action does to a variable, it does to the rules that know it. */
export function reviewWrite(
  context: ReviewContext,
  { action, collection, name }: Write,
  position: SourcePosition,
): void {
  const { literal, isWhole } = name;
  if (collection === 'TX' && !isWhole) {
    context.findings.refuse(position, {
      reason: 'WeakerThanAllowed',
      what: `${action} of a variable whose name comes with the request, tx.${literal}%{…}, may be any variable`,
      remedy: 'Write the name out, or keep what varies in the value.',
    });
    return;
  }
  const rules = context.around.variables.rulesOf(collection, name);
  const ids = [...new Set(rules.map(({ id }) => id))].filter((id) => !mayChange(context, id));
  if (ids.length === 0) return;
  const what = `${action} of ${collection.toLowerCase()}.${literal}${isWhole ? '' : '%{…}'} changes what is decided by`;
  context.findings.refuse(position, untouchable(context, what, ids));
}

export interface OpenedRecord {
  readonly collection: string;
  readonly key: string;
  /** The variable that is set besides, SESSIONID or USERID. */
  readonly sets: string | null;
}

/** Records live in the server's memory, which all namespaces share: those of a namespace have its name before their key. */
export function reviewRecord(
  context: ReviewContext,
  { collection, key, sets }: OpenedRecord,
  position: SourcePosition,
): void {
  const { rights, around, findings } = context;
  if (rights.kind === 'cluster') return;
  const [first] = parseMacro(key);
  const prefix = `${rights.namespace}/`;
  if (typeof first !== 'string' || !first.startsWith(prefix)) {
    findings.refuse(position, {
      reason: 'WeakerThanAllowed',
      what: `a record of ${collection} that other namespaces may have, too`,
      remedy: `Begin its key with the namespace: ${prefix}${key.slice(0, 40)}`,
    });
    return;
  }
  const users = [
    ...around.variables.usersOf(collection),
    ...(sets === null ? [] : around.variables.usersOf(sets)),
    // The first record that is opened stays: rules of the cluster that open one would find another.
    ...around.variables.openersOf(collection).filter(({ id }) => around.housesIds.has(id)),
  ];
  const ids = [...new Set(users.map(({ id }) => id))].filter((id) => !mayChange(context, id));
  if (ids.length > 0)
    findings.refuse(position, untouchable(context, `another record of ${collection} changes`, ids));
}

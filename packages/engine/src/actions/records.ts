/** Actions on collections, on ENV, and on what an event shows. */
import { unreachable } from '../assert.ts';
import { asciiLower } from '../bytes.ts';
import type { LinkedAction } from '../link/linked.ts';
import { leadingInteger } from '../operators/leading-integer.ts';
import type { ActionState } from './state.ts';

type RecordAction = Extract<
  LinkedAction,
  { kind: 'initcol' | 'expirevar' | 'deprecatevar' | 'setenv' | 'sanitise' }
>;

const MILLIS_A_SECOND = 1_000;

export function applyRecordAction(state: ActionState, action: RecordAction): void {
  switch (action.kind) {
    case 'initcol':
      openRecord(state, action);
      return;
    case 'expirevar': {
      const seconds = leadingInteger(action.seconds(state));
      state.persistent.get(action.collection)?.expire(action.name(state), seconds);
      return;
    }
    case 'deprecatevar': {
      const { amount, seconds } = action;
      state.persistent.get(action.collection)?.deprecate(action.name(state), amount, seconds);
      return;
    }
    case 'setenv': {
      const name = action.name(state);
      if (action.value === null) state.env.remove(name);
      else state.env.set(name, action.value(state));
      return;
    }
    case 'sanitise':
      // Of what a rule matched, the label says which it is.
      state.sanitised.push({
        what: action.what,
        name: action.name === null ? state.matchedVarName : asciiLower(action.name),
      });
      return;
    default:
      unreachable(action);
  }
}

/** The first one opened stays: a second initcol of a collection changes nothing (ModSecurity 2). An empty key opens none. */
function openRecord(state: ActionState, action: Extract<RecordAction, { kind: 'initcol' }>): void {
  const key = action.key(state);
  if (key === '') return;
  if (action.names !== null) state[action.names] = key;
  if (state.persistent.has(action.collection)) return;
  const record = state.store.open(action.collection, key, {
    now: Math.floor(state.startedAtMillis / MILLIS_A_SECOND),
    timeoutSeconds: state.collectionTimeout,
    webAppId: state.webAppId,
  });
  state.persistent.set(action.collection, record);
}

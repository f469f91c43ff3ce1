/** Actions on collections, on ENV, and on what an event shows, from the tree to a program. */
import { EngineError } from '../errors.ts';
import type { ActionNode } from '../language/ast.ts';
import { parseMacro } from '../language/macro.ts';
import type { CompiledAction, Sanitised } from '../rule-set/program.ts';
import { PERSISTENT_COLLECTIONS } from '../variables/persistent.ts';

/** The action, or null where the node is none of these. Arguments were checked for their form when they were parsed. */
export function compileRecordAction(node: ActionNode): CompiledAction | null {
  switch (node.name) {
    case 'initcol': {
      const { left, right } = cutAt(node, '=');
      return opening(collectionOf(node, left), right, null);
    }
    case 'setsid':
      return opening('SESSION', node.argument ?? '', 'sessionId');
    case 'setuid':
      return opening('USER', node.argument ?? '', 'userId');
    case 'setrsc':
      return opening('RESOURCE', node.argument ?? '', null);
    case 'expirevar': {
      const { collection, name, value } = variableOf(node);
      return { kind: 'expirevar', collection, name: parseMacro(name), seconds: parseMacro(value) };
    }
    case 'deprecatevar': {
      const { collection, name, value } = variableOf(node);
      const [amount = '', seconds = ''] = value.split('/');
      return {
        kind: 'deprecatevar',
        collection,
        name: parseMacro(name),
        amount: Number(amount),
        seconds: Number(seconds),
      };
    }
    case 'setenv':
      return setenv(node.argument ?? '');
    default:
      return sanitising(node);
  }
}

const opening = (collection: string, key: string, names: 'sessionId' | 'userId' | null): CompiledAction => ({
  kind: 'initcol',
  collection,
  key: parseMacro(key),
  names,
});

/** TX ends with the transaction: nothing of it can be opened, expire or lose weight with time. */
function collectionOf(node: ActionNode, name: string): string {
  const collection = name.toUpperCase();
  if (PERSISTENT_COLLECTIONS.includes(collection)) return collection;
  throw new EngineError(
    'SECLANG_BAD_ARGUMENT',
    { what: node.name, reason: `expected one of the collections ${PERSISTENT_COLLECTIONS.join(', ')}` },
    { position: node.position },
  );
}

function variableOf(node: ActionNode): {
  readonly collection: string;
  readonly name: string;
  readonly value: string;
} {
  const { left, right: value } = cutAt(node, '=');
  const dot = left.indexOf('.');
  return { collection: collectionOf(node, left.slice(0, dot)), name: left.slice(dot + 1), value };
}

function cutAt(node: ActionNode, separator: string): { readonly left: string; readonly right: string } {
  const text = node.argument ?? '';
  const at = text.indexOf(separator);
  return { left: text.slice(0, Math.max(at, 0)), right: text.slice(at + 1) };
}

/** `name=value`, `name` alone for 1 (as setvar), `!name`. */
function setenv(argument: string): CompiledAction {
  if (argument.startsWith('!')) return { kind: 'setenv', name: parseMacro(argument.slice(1)), value: null };
  const at = argument.indexOf('=');
  return at < 0
    ? { kind: 'setenv', name: parseMacro(argument), value: ['1'] }
    : { kind: 'setenv', name: parseMacro(argument.slice(0, at)), value: parseMacro(argument.slice(at + 1)) };
}

const SANITISED: Readonly<Record<string, Sanitised>> = {
  sanitiseArg: 'argument',
  sanitiseMatched: 'matched',
  // The bytes that it would leave to be seen are masked, too: an event shows a value or hides it.
  sanitiseMatchedBytes: 'matched',
  sanitiseRequestHeader: 'requestHeader',
  sanitiseResponseHeader: 'responseHeader',
};

function sanitising({ name, argument }: ActionNode): CompiledAction | null {
  const what = SANITISED[name];
  if (what === undefined) return null;
  return { kind: 'sanitise', what, name: what === 'matched' ? null : argument };
}

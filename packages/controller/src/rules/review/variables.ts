/**
 * Which rules read and write which variables. Who writes a variable changes every rule that reads it: a namespace may write
 * what no rule of others knows, or what those rules that know it may be changed by it.
 */
import type { CompiledRule, CompiledTarget, Macro, Selector } from '@sluice/engine/anatomy';

type Patterns = Pick<Selector, 'finds'>;

/** One mention: a name, the beginning of names (`paramcounter_%{…}`), a pattern, or the whole collection. */
type Mention =
  | { readonly kind: 'name' | 'prefix' | 'pattern'; readonly text: string; readonly rule: CompiledRule }
  | { readonly kind: 'all'; readonly rule: CompiledRule };

export interface WrittenName {
  /** What stands before the first macro, in lower case. */
  readonly literal: string;
  readonly isWhole: boolean;
}

/** Names compare as collections compare them: ASCII letters without case. */
export const writtenName = (name: Macro): WrittenName => {
  const [first = ''] = name;
  const literal = typeof first === 'string' ? first : '';
  return { literal: literal.toLowerCase(), isWhole: name.every((part) => typeof part === 'string') };
};

export class VariableIndex {
  readonly #mentions = new Map<string, Mention[]>();
  /** By collection: who adds to which names. */
  readonly #added = new Map<string, Set<string>>();
  readonly #opened = new Map<string, CompiledRule[]>();
  readonly #patterns: Patterns;

  constructor(rules: readonly CompiledRule[], patterns: Patterns) {
    this.#patterns = patterns;
    for (const rule of rules) this.#addRule(rule);
  }

  /** Rules that read or write what may be this variable. */
  rulesOf(collection: string, name: WrittenName): readonly CompiledRule[] {
    const found = (this.#mentions.get(collection) ?? []).filter((mention) => this.#meets(mention, name));
    return [...new Set(found.map(({ rule }) => rule))];
  }

  /** Rules that read or write anything of a collection. */
  usersOf(collection: string): readonly CompiledRule[] {
    return [...new Set((this.#mentions.get(collection) ?? []).map(({ rule }) => rule))];
  }

  /** Rules that open a record of it. */
  openersOf(collection: string): readonly CompiledRule[] {
    return this.#opened.get(collection) ?? [];
  }

  /** Whether a rule counts something up in it. */
  isCounter(collection: string, name: string): boolean {
    return this.#added.get(collection)?.has(name) ?? false;
  }

  #meets(mention: Mention, { literal, isWhole }: WrittenName): boolean {
    // A name that depends on the request may be any that begins so, and a pattern may find itself in any of those.
    switch (mention.kind) {
      case 'all':
        return true;
      case 'name':
        return isWhole ? mention.text === literal : mention.text.startsWith(literal);
      case 'prefix':
        return literal.startsWith(mention.text) || (!isWhole && mention.text.startsWith(literal));
      case 'pattern':
        // As collections search keys: whatever their case.
        return !isWhole || this.#patterns.finds(`(?i)${mention.text}`, literal);
    }
  }

  #add(collection: string, mention: Mention): void {
    const known = this.#mentions.get(collection);
    if (known === undefined) this.#mentions.set(collection, [mention]);
    else known.push(mention);
  }

  #addRule(rule: CompiledRule): void {
    for (const link of rule.links) {
      for (const target of link.targets) this.#addTarget(rule, target);
      if (link.operator !== null) this.#addMacro(rule, link.operator.argument);
      for (const action of link.actions) {
        switch (action.kind) {
          case 'setvar': {
            const { collection, name, operation, value } = action.setvar;
            this.#addName(rule, collection, name);
            this.#addMacro(rule, value);
            if (operation === 'add') this.#addCounter(collection, writtenName(name).literal);
            break;
          }
          case 'expirevar':
          case 'deprecatevar':
            this.#addName(rule, action.collection, action.name);
            break;
          case 'initcol':
            this.#addMacro(rule, action.key);
            this.#opened.set(action.collection, [...this.openersOf(action.collection), rule]);
            break;
          case 'setenv':
            this.#addName(rule, 'ENV', action.name);
            if (action.value !== null) this.#addMacro(rule, action.value);
            break;
          case 'ctl':
          case 'sanitise':
            break;
        }
      }
    }
  }

  #addCounter(collection: string, name: string): void {
    const names = this.#added.get(collection) ?? new Set<string>();
    this.#added.set(collection, names.add(name));
  }

  #addTarget(rule: CompiledRule, { variable, selector }: CompiledTarget): void {
    this.#add(variable, mentionOf(rule, selector));
  }

  #addName(rule: CompiledRule, collection: string, name: Macro): void {
    const { literal, isWhole } = writtenName(name);
    this.#add(collection, { kind: isWhole ? 'name' : 'prefix', text: literal, rule });
    this.#addMacro(rule, name);
  }

  #addMacro(rule: CompiledRule, macro: Macro): void {
    for (const part of macro) {
      if (typeof part === 'string') continue;
      const { variable, key } = part;
      this.#add(
        variable,
        key === null ? { kind: 'all', rule } : { kind: 'name', text: key.toLowerCase(), rule },
      );
    }
  }
}

function mentionOf(rule: CompiledRule, selector: CompiledTarget['selector']): Mention {
  if (selector === null) return { kind: 'all', rule };
  return selector.kind === 'key'
    ? { kind: 'name', text: selector.key.toLowerCase(), rule }
    : { kind: 'pattern', text: selector.pattern, rule };
}

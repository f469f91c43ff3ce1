/** What is known of TX while a rule set is folded: variables lose it when a rule that may or may not match writes them. */
import { asciiLower } from '../bytes.ts';
import type { Macro } from '../language/ast.ts';
import type { TxWrite } from '../link/folded.ts';
import type { CompiledRule } from '../rule-set/program.ts';
import type { Pair } from '../variables/pair.ts';
import { TxCollection, type TxPairs } from '../variables/tx-collection.ts';
import type { KnownTx } from './probe.ts';

/** TX.0 to TX.9 come and go with captures. */
const CAPTURE = /^[0-9]$/;
const CAPTURE_KEYS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

const named = (lowerKey: string): Pair => ({ key: lowerKey, lowerKey, value: '' });

/** Variables that are taken for unchanged although rules with conditions may write them. */
export interface Assumption {
  /** All that such rules write, as far as the walk has come. */
  readonly written: Set<string>;
  /** Those of them that what is folded was decided by, or has written over. */
  readonly reliedOn: Set<string>;
}

export class Known implements KnownTx {
  readonly #pinned: TxPairs;
  #tx: TxCollection;
  readonly #unknown = new Set<string>();
  readonly #unknownPrefixes: string[] = [];
  #base: TxPairs;
  #isSettled = true;
  /** Whether nothing but what is known can have written TX. */
  #isWhole = true;

  /** What is taken for unchanged; null where nothing is. */
  readonly #assumption: Assumption | null;
  readonly #isAskedAlways: boolean;

  /** @param isAskedAlways whether `base` also goes on behind rules that may have written TX */
  constructor(pinned: TxPairs, assumption: Assumption | null = null, isAskedAlways = false) {
    this.#isAskedAlways = isAskedAlways;
    this.#pinned = pinned;
    this.#base = pinned;
    this.#assumption = assumption;
    this.#tx = new TxCollection(pinned);
  }

  /** What is known here, to go on with it in another way. */
  copy(): Known {
    const copy = new Known(this.#pinned, this.#assumption, this.#isAskedAlways);
    copy.#tx.adopt(this.#pinned, this.#tx.snapshot());
    copy.#base = this.#base;
    copy.#isSettled = this.#isSettled;
    for (const key of this.#unknown) copy.#unknown.add(key);
    copy.#unknownPrefixes.push(...this.#unknownPrefixes);
    copy.#isWhole = this.#isWhole;
    return copy;
  }

  /**
   * All of TX as it was settled last, the very map, where nothing was assigned since and nothing else can be in it; else
   * null. Whoever takes it over asks whether it is what stands there: in a course that mostly holds it is worth asking.
   */
  get base(): TxPairs | null {
    return this.#isWhole || this.#isAskedAlways ? this.#base : null;
  }

  /** All of TX, where nothing else can be in it: the base of what comes next. Else null. */
  settle(): TxPairs | null {
    if (!this.#isWhole && !this.#isAskedAlways) return null;
    if (!this.#isSettled) this.#base = this.#tx.snapshot();
    this.#isSettled = true;
    return this.#base;
  }

  pair(lowerKey: string): Pair | undefined {
    return this.#tx.pair(lowerKey);
  }

  select(selects: (pair: Pair) => boolean): readonly Pair[] | null {
    // Any name may begin like that, and which ones a selector takes is not told.
    if (this.#unknownPrefixes.length > 0) return null;
    const mayStand = (key: string): boolean => !this.isPinned(key) && selects(named(key));
    if (CAPTURE_KEYS.some(mayStand) || [...this.#unknown].some(mayStand)) return null;
    for (const key of this.#assumption?.written ?? []) if (mayStand(key)) this.#assumption?.reliedOn.add(key);
    return [...this.#tx.snapshot().values()].filter(selects);
  }

  isPinned(lowerKey: string): boolean {
    return this.#pinned.has(lowerKey);
  }

  isKnown(lowerKey: string): boolean {
    if (this.isPinned(lowerKey)) return true;
    if (CAPTURE.test(lowerKey) || this.#unknown.has(lowerKey)) return false;
    if (this.#unknownPrefixes.some((prefix) => lowerKey.startsWith(prefix))) return false;
    if (this.#assumption?.written.has(lowerKey) === true) this.#assumption.reliedOn.add(lowerKey);
    return true;
  }

  apply({ name, value }: TxWrite): void {
    this.#isSettled = false;
    if (value === null) this.#tx.remove(name);
    else this.#tx.set(name, value);
  }

  forget(lowerKey: string): void {
    this.#unknown.add(lowerKey);
    this.#isWhole = false;
  }

  /** Only what the policy pins is known from here on. */
  forgetAll(): void {
    this.#unknownPrefixes.push('');
    this.#isWhole = false;
  }

  /** Forgets what a rule may write. */
  forgetWritesOf(rule: CompiledRule): void {
    for (const { actions, capture } of rule.links) {
      if (capture) this.#isWhole = false;
      for (const action of actions) {
        if (action.kind === 'setvar' && action.setvar.collection === 'TX')
          this.#forgetName(action.setvar.name);
      }
    }
  }

  #forgetName(name: Macro): void {
    const [first = ''] = name;
    if (name.length <= 1 && typeof first === 'string') {
      if (this.#assumption === null) this.forget(asciiLower(first));
      else {
        this.#assumption.written.add(asciiLower(first));
        this.#isWhole = false;
      }
    } else {
      this.#unknownPrefixes.push(typeof first === 'string' ? asciiLower(first) : '');
      this.#isWhole = false;
    }
  }
}

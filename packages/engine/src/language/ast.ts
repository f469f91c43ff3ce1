/**
 * The tree of a SecLang file: what was written and where, nothing resolved. Names are canonical already (variables in
 * upper case, actions and operators in the spelling of the reference manual), values are latin1 strings.
 */
import type { SourcePosition } from '../errors.ts';

/** `ARGS:foo` selects by key (ASCII case-insensitive), `ARGS:/fo+/` by a pattern that is searched in the key. */
export type Selector =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'regex'; readonly pattern: string };

/** One target of a rule. `&X` counts, `!X` excludes. `XML:/*` and `XML://@*` are selectors of kind `key`. */
export interface TargetNode {
  readonly variable: string;
  readonly selector: Selector | null;
  readonly count: boolean;
  readonly exclude: boolean;
  readonly position: SourcePosition;
}

/** `@rx pattern`; an argument without `@name` is `rx`. The argument has its quoting undone, its macros not expanded. */
export interface OperatorNode {
  readonly name: string;
  readonly negated: boolean;
  readonly argument: string;
  readonly position: SourcePosition;
  readonly argumentPosition: SourcePosition;
}

/** `name` or `name:argument`; the argument has its quotes removed. Aliases are resolved (`t:normalisePath` stays). */
export interface ActionNode {
  readonly name: string;
  readonly argument: string | null;
  readonly position: SourcePosition;
}

export interface RuleNode {
  readonly kind: 'rule';
  readonly targets: readonly TargetNode[];
  readonly operator: OperatorNode;
  readonly actions: readonly ActionNode[];
  readonly position: SourcePosition;
}

/** SecAction: actions that run without a condition. */
export interface ActionRuleNode {
  readonly kind: 'action';
  readonly actions: readonly ActionNode[];
  readonly position: SourcePosition;
}

export interface MarkerNode {
  readonly kind: 'marker';
  readonly name: string;
  readonly position: SourcePosition;
}

export interface DefaultActionNode {
  readonly kind: 'defaultAction';
  readonly actions: readonly ActionNode[];
  readonly position: SourcePosition;
}

/** SecRuleRemoveById (ids and ranges), SecRuleRemoveByTag and SecRuleRemoveByMsg (patterns). */
export interface RuleRemovalNode {
  readonly kind: 'removeRules';
  readonly by: RuleSelection;
  readonly position: SourcePosition;
}

export type RuleSelection =
  | { readonly kind: 'id'; readonly ranges: readonly (readonly [first: number, last: number])[] }
  | { readonly kind: 'tag'; readonly pattern: string }
  | { readonly kind: 'msg'; readonly pattern: string };

/** SecRuleUpdateTargetById/ByTag/ByMsg: targets to add, or to exclude with `!`; or to put in the place of another. */
export interface TargetUpdateNode {
  readonly kind: 'updateTargets';
  readonly by: RuleSelection;
  readonly targets: readonly TargetNode[];
  /** The target in whose place the others come, where one is named. */
  readonly replaced?: TargetNode;
  readonly position: SourcePosition;
}

/** SecRuleUpdateActionById: actions that replace the rule's own of the same name. `link` is 0 for a chain's head. */
export interface ActionUpdateNode {
  readonly kind: 'updateActions';
  readonly id: number;
  readonly link: number;
  readonly actions: readonly ActionNode[];
  readonly position: SourcePosition;
}

/** A directive that sets one thing: SecRuleEngine, SecRequestBodyLimit, … Arguments have their quotes removed. */
export interface SettingNode {
  readonly kind: 'setting';
  readonly name: string;
  readonly values: readonly string[];
  readonly position: SourcePosition;
}

export type DirectiveNode =
  | RuleNode
  | ActionRuleNode
  | MarkerNode
  | DefaultActionNode
  | RuleRemovalNode
  | TargetUpdateNode
  | ActionUpdateNode
  | SettingNode;

/** A parsed set of files in the order of their directives, includes resolved. */
export interface RuleDocument {
  readonly directives: readonly DirectiveNode[];
  /** Every file read, in order, with the content's SHA-256 in hexadecimal. */
  readonly sources: readonly { readonly path: string; readonly sha256: string }[];
  /** Directives that were accepted and change nothing here, each with the reason. */
  readonly warnings: readonly { readonly position: SourcePosition; readonly message: string }[];
}

/** A text with `%{…}` in it: literal strings and references, in order. */
export type MacroPart = string | { readonly variable: string; readonly key: string | null };
export type Macro = readonly MacroPart[];

/** `setvar:tx.name=value` taken apart. */
export interface SetvarArgument {
  /** Upper case: TX, IP, SESSION, USER, GLOBAL, RESOURCE. */
  readonly collection: string;
  readonly name: Macro;
  readonly operation: 'set' | 'add' | 'subtract' | 'remove';
  readonly value: Macro;
}

/** `ctl:option=value;TARGET` taken apart. */
export interface CtlArgument {
  /** In the spelling of the reference manual: `ruleRemoveById`, … */
  readonly option: string;
  readonly value: string;
  /** Of the ruleRemoveTarget… options: the target after the semicolon. */
  readonly target: TargetNode | null;
}

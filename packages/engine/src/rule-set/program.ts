/**
 * A compiled rule program: plain data, frozen, that can be written to a file and read back. Names are resolved and checked,
 * chains are put together, default actions and updates from other directives are applied. Nothing native is in it.
 */
import type { XmlArgumentsMode } from '../body/processor.ts';
import type { XmlPath } from '../body/xml-path.ts';
import type { SourcePosition } from '../errors.ts';
import type { CtlArgument, Macro, Selector, SetvarArgument } from '../language/ast.ts';
import type { Limits } from '../limits.ts';

export interface CompiledTarget {
  readonly variable: string;
  readonly selector: Selector | null;
  readonly count: boolean;
  /** Of REQUEST_BODY: the whole body, also where it is taken apart and no other rule sees it. */
  readonly whole?: true;
  /** Of XML, where it is neither all text nor all attributes. */
  readonly path?: XmlPath;
}

export interface CompiledOperator {
  readonly name: string;
  readonly negated: boolean;
  /** As written. */
  readonly text: string;
  readonly argument: Macro;
  readonly hasMacros: boolean;
  /** What stood in the data files of an operator, read when rules are compiled; see OperatorArgument. */
  readonly lines: readonly string[] | null;
}

export type SetvarOperation = SetvarArgument['operation'];

/** What a link does for each value that it matches. */
export type CompiledAction =
  | { readonly kind: 'setvar'; readonly setvar: SetvarArgument }
  | { readonly kind: 'ctl'; readonly ctl: CtlArgument }
  /** initcol, setsid, setuid and setrsc; the second and third also name the session or the user. */
  | {
      readonly kind: 'initcol';
      readonly collection: string;
      readonly key: Macro;
      readonly names: 'sessionId' | 'userId' | null;
    }
  | {
      readonly kind: 'expirevar';
      readonly collection: string;
      readonly name: Macro;
      readonly seconds: Macro;
    }
  | {
      readonly kind: 'deprecatevar';
      readonly collection: string;
      readonly name: Macro;
      readonly amount: number;
      readonly seconds: number;
    }
  /** A value of null takes the name away. */
  | { readonly kind: 'setenv'; readonly name: Macro; readonly value: Macro | null }
  | { readonly kind: 'sanitise'; readonly what: Sanitised; readonly name: string | null };

/** What a sanitise… action hides in the event: one that is named, or what the rule matched. */
export type Sanitised = 'argument' | 'requestHeader' | 'responseHeader' | 'matched';

/** One SecRule of a chain, or a SecAction (no operator). */
export interface CompiledLink {
  readonly targets: readonly CompiledTarget[];
  readonly exclusions: readonly CompiledTarget[];
  readonly operator: CompiledOperator | null;
  readonly transformations: readonly string[];
  readonly multiMatch: boolean;
  readonly capture: boolean;
  readonly actions: readonly CompiledAction[];
  readonly position: SourcePosition;
}

export type Phase = 1 | 2 | 3 | 4 | 5;

export type Disruption =
  | { readonly kind: 'pass' }
  | { readonly kind: 'deny'; readonly status: number }
  | { readonly kind: 'drop'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: Macro }
  | { readonly kind: 'allow'; readonly scope: 'transaction' | 'phase' | 'request' };

export interface DisruptiveAction {
  readonly name: 'pass' | 'block' | 'deny' | 'drop' | 'redirect' | 'allow';
  readonly argument: string | null;
}

export type LogFlag = 'log' | 'nolog' | 'auditlog' | 'noauditlog';

export interface CompiledRule {
  readonly kind: 'rule';
  readonly id: number;
  readonly phase: Phase;
  readonly links: readonly CompiledLink[];
  readonly disruption: Disruption;
  /** What `block` means here: the disruption of the default action that was in force. */
  readonly byDefault: Disruption;
  readonly skipAfter: string | null;
  readonly skip: number;
  readonly log: boolean;
  readonly auditLog: boolean;
  readonly msg: Macro | null;
  readonly logdata: Macro | null;
  /** 0 (emergency) to 7 (debug), or null. */
  readonly severity: number | null;
  readonly tags: readonly string[];
  readonly ver: string | null;
  readonly rev: string | null;
  readonly maturity: number | null;
  readonly position: SourcePosition;
}

/** SecMarker: seen in every phase. */
export interface CompiledMarker {
  readonly kind: 'marker';
  readonly name: string;
}

export interface EngineSettings {
  readonly ruleEngine: 'On' | 'DetectionOnly' | 'Off';
  readonly requestBodyAccess: boolean;
  readonly responseBodyAccess: boolean;
  readonly responseMimeTypes: readonly string[];
  /** Bytes of uploaded files that SecRequestBodyLimit does not count; null where it counts them. A policy's setting. */
  readonly requestFilesBytesMax: number | null;
  readonly requestBodyLimitAction: 'Reject' | 'ProcessPartial';
  readonly responseBodyLimitAction: 'Reject' | 'ProcessPartial';
  readonly argumentSeparator: string;
  /** SecParseXmlIntoArgs. */
  readonly xmlArguments: XmlArgumentsMode;
  /** Seconds. */
  readonly collectionTimeout: number;
  readonly webAppId: string;
  /** Path of a MaxMind database, or null. */
  readonly geoDatabase: string | null;
  /** 1: cookies may be quoted, and what begins with `$` is no cookie (RFC 2109). */
  readonly cookieFormat: 0 | 1;
  readonly limits: Limits;
}

export interface RuleProgram {
  readonly formatVersion: 1;
  readonly items: readonly (CompiledRule | CompiledMarker)[];
  /** What the files set; what they leave open is absent. */
  readonly settings: Partial<Omit<EngineSettings, 'limits'>> & { readonly limits: Partial<Limits> };
  /** Updates and removals that named rules of another program: an overlay applies them to its base. */
  readonly amendments: Amendments;
  readonly sources: readonly { readonly path: string; readonly sha256: string }[];
  readonly warnings: readonly { readonly position: SourcePosition; readonly message: string }[];
}

/** Which rules a directive speaks of. */
export type Selection =
  | { readonly kind: 'id'; readonly ranges: readonly (readonly [first: number, last: number])[] }
  | { readonly kind: 'tag' | 'msg'; readonly pattern: string };

/** What SecRuleUpdateActionById says; null, 0 or empty where it says nothing. */
export interface ActionUpdate {
  readonly id: number;
  /** 0 for the head of a chain. */
  readonly link: number;
  readonly disruptive: DisruptiveAction | null;
  readonly status: number | null;
  readonly transformations: readonly string[];
  readonly resetsTransformations: boolean;
  readonly logFlags: readonly LogFlag[];
  readonly capture: boolean;
  readonly multiMatch: boolean;
  readonly skipAfter: string | null;
  readonly skip: number;
  readonly msg: Macro | null;
  readonly logdata: Macro | null;
  readonly severity: number | null;
  readonly tags: readonly string[];
  readonly ver: string | null;
  readonly rev: string | null;
  readonly maturity: number | null;
  readonly actions: readonly CompiledAction[];
  readonly position: SourcePosition;
}

export interface Amendments {
  readonly removals: readonly Selection[];
  readonly targetUpdates: readonly {
    readonly by: Selection;
    readonly targets: readonly CompiledTarget[];
    readonly exclusions: readonly CompiledTarget[];
    /** The targets come in the place of this one, in rules that have it; absent where they are added. */
    readonly replaced?: CompiledTarget;
  }[];
  readonly actionUpdates: readonly ActionUpdate[];
}

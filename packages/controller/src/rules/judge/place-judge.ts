/**
 * Judges the RuleSets of one place: each alone (is it SecLang, may it say that), then beside what stands there without it (what does it
 * change of others), then all that are good together (do they fit, do their tests pass). Nothing here is bounded in time: it runs in a
 * process of its own.
 */
import {
  type Engine,
  EngineError,
  overlayFor,
  type PolicyOverlay,
  parseRules,
  type RuleDocument,
  type RuleSet,
  type RuleSource,
  type RuleUnit,
} from '@sluice/engine';
import { type CompiledRule, rulesOf, Selector, unscanned } from '@sluice/engine/anatomy';
import { RULE_LIMITS } from '../limits.ts';
import { defaultsApart } from '../policy-files.ts';
import { reviewChanges } from '../review/changes.ts';
import type { ReviewContext, Surroundings } from '../review/context.ts';
import { doubts } from '../review/doubts.ts';
import { attempt, Findings } from '../review/findings.ts';
import { reviewFragment } from '../review/fragment.ts';
import { VariableIndex } from '../review/variables.ts';
import { type Fragment, fragmentsOf } from '../sources.ts';
import type { Candidate, RulePlace, RuleSetVerdict } from '../verdict.ts';
import { placeSettings } from './place-settings.ts';
import { runTests } from './rule-tests.ts';

/** A candidate on its way. */
interface Case {
  readonly candidate: Candidate;
  readonly findings: Findings;
  readonly fragments: readonly Fragment[];
  documents: readonly RuleDocument[];
  ids: readonly number[];
}

type Units = Pick<PolicyOverlay, 'before' | 'after'>;

export class PlaceJudge {
  readonly #engine: Engine;
  readonly #base: RuleUnit;
  readonly #selector = new Selector();
  readonly #sayRule: (ruleId: number | null) => void;

  /**
   * @param engine that reads no files
   * @param sayRule told of the rule whose patterns are compiled next
   */
  constructor(engine: Engine, base: RuleUnit, sayRule: (ruleId: number | null) => void) {
    this.#engine = engine;
    this.#base = base;
    this.#sayRule = sayRule;
  }

  /** By the candidates' keys. */
  judge(place: RulePlace): ReadonlyMap<string, RuleSetVerdict> {
    const cases = place.candidates.map(caseOf);
    for (const one of cases) checkSize(one, cases.length);
    for (const one of cases) if (one.findings.isEmpty) this.#parse(one);
    const settings = this.#settingsOf(place);
    const house = cases.filter(({ candidate }) => candidate.rights.kind === 'cluster');
    const bare = this.#surroundings(settings, []);
    for (const one of house) this.#reviewAlone(one, bare);
    this.#joinEach(settings, house, []);
    const standing = house.filter(({ findings }) => findings.isEmpty);
    const around = this.#surroundings(settings, standing);
    const tenants = cases.filter(({ candidate }) => candidate.rights.kind === 'namespace');
    for (const one of tenants) this.#reviewAlone(one, around);
    this.#joinEach(settings, tenants, standing, around);
    this.#judgeTogether(settings, cases, around);
    return new Map(cases.map(({ candidate, findings, ids }) => [candidate.key, findings.verdict(ids)]));
  }

  #settingsOf(place: RulePlace): PolicyOverlay {
    const settings = placeSettings(place);
    try {
      this.#link(settings, []);
      return settings;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // What is wrong with the policy's own data is the policy's, and is told there.
      return { ...settings, exclusions: [], addresses: {} };
    }
  }

  #parse(one: Case): void {
    one.documents = one.fragments.flatMap(
      ({ path, text }) => attempt(one.findings, () => parseRules([{ path, text }])) ?? [],
    );
  }

  #reviewAlone(one: Case, around: Surroundings): void {
    if (!one.findings.isEmpty) return;
    const context = this.#context(one, around);
    for (const document of one.documents) attempt(one.findings, () => reviewFragment(context, document));
    if (!one.findings.isEmpty) return;
    const ids: number[] = [];
    for (const [index, { path, text, side }] of one.fragments.entries()) {
      const program = attempt(one.findings, () => this.#engine.compile([{ path, text }]));
      if (program === null) continue;
      for (const item of program.items) if (item.kind === 'rule') ids.push(item.id);
      for (const { position, message } of program.warnings) one.findings.warn(position, message);
      const document = one.documents[index];
      if (document !== undefined) {
        for (const { position, message } of doubts(side, document, around, this.#selector)) {
          one.findings.warn(position, message);
        }
      }
    }
    one.ids = ids;
  }

  /** Each with those that stand there already, in their order: the later one is at fault where two do not fit. */
  #joinEach(
    settings: PolicyOverlay,
    cases: readonly Case[],
    standing: readonly Case[],
    around?: Surroundings,
  ): void {
    const joined = [...standing];
    for (const one of cases) {
      if (!one.findings.isEmpty) continue;
      const ruleSet = attempt(one.findings, () => this.#link(settings, [...joined, one]));
      if (ruleSet === null) continue;
      if (around !== undefined) {
        // With the cluster's alone: what another of the namespace's does is not this one's fault.
        const own = joined.length === standing.length ? ruleSet : this.#link(settings, [...standing, one]);
        attempt(one.findings, () => reviewChanges(this.#context(one, around), one.documents, rulesOf(own)));
      }
      if (one.findings.isEmpty) joined.push(one);
    }
  }

  /** As the server will have them, databases included. */
  #judgeTogether(settings: PolicyOverlay, cases: readonly Case[], around: Surroundings): void {
    const good = cases.filter(({ findings, fragments }) => findings.isEmpty && fragments.length > 0);
    const [last] = good.slice(-1);
    const findings = last?.findings;
    let ruleSet: RuleSet | null = null;
    const link = () => {
      ruleSet = this.#engine.ruleSet(
        this.#base,
        overlayFor({ ...settings, ...this.#units(good, 'scanned') }),
      );
    };
    if (findings === undefined) link();
    else attempt(findings, link);
    if (ruleSet === null) return;
    for (const one of good) {
      if (one.candidate.rights.kind === 'cluster') continue;
      attempt(one.findings, () =>
        reviewChanges(this.#context(one, around), one.documents, rulesOf(ruleSet as RuleSet)),
      );
    }
    for (const one of cases) {
      if (one.findings.isEmpty)
        attempt(one.findings, () => runTests(this.#engine, ruleSet as RuleSet, one.findings));
    }
  }

  #surroundings(settings: PolicyOverlay, standing: readonly Case[]): Surroundings {
    const rules = rulesOf(this.#link(settings, standing));
    const ofBase = new Set(this.#base.program.items.map((item) => (item.kind === 'rule' ? item.id : 0)));
    return {
      rules,
      housesIds: new Set(rules.flatMap(({ id }) => (ofBase.has(id) ? [] : [id]))),
      markers: this.#markersOf(rules, standing),
      variables: new VariableIndex(rules, this.#selector),
    };
  }

  #markersOf(rules: readonly CompiledRule[], standing: readonly Case[]): ReadonlySet<string> {
    const inBase = this.#base.program.items.flatMap((item) => (item.kind === 'marker' ? [item.name] : []));
    const inHouse = standing.flatMap(({ documents }) =>
      documents.flatMap(({ directives }) =>
        directives.flatMap((node) => (node.kind === 'marker' ? [node.name] : [])),
      ),
    );
    const skipped = rules.flatMap(({ skipAfter }) => (skipAfter === null ? [] : [skipAfter]));
    return new Set([...inBase, ...inHouse, ...skipped]);
  }

  #context({ candidate, findings }: Case, around: Surroundings): ReviewContext {
    return { rights: candidate.rights, around, findings, selector: this.#selector };
  }

  /** Without databases: nothing is judged by it. */
  #link(settings: PolicyOverlay, cases: readonly Case[]): RuleSet {
    return this.#engine.ruleSet(this.#base, overlayFor({ ...settings, ...this.#units(cases, 'unscanned') }));
  }

  #units(cases: readonly Case[], how: 'scanned' | 'unscanned'): Units {
    const side = (name: Fragment['side']): readonly RuleUnit[] => {
      const fragments = cases.flatMap(({ fragments }) =>
        fragments.filter((fragment) => fragment.side === name),
      );
      if (fragments.length === 0) return [];
      const sources = defaultsApart(fragments).map(
        (fragment): RuleSource => ({
          path: 'path' in fragment ? fragment.path : 'defaults',
          text: fragment.text,
        }),
      );
      if (how === 'unscanned') return [unscanned(this.#engine.compile(sources))];
      return [this.#engine.loadRules(sources, { onProgress: ({ ruleId }) => this.#sayRule(ruleId) })];
    };
    return { before: side('before'), after: side('after') };
  }
}

const caseOf = (candidate: Candidate): Case => {
  const fragments = fragmentsOf(candidate);
  return { candidate, fragments, findings: new Findings(candidate, fragments), documents: [], ids: [] };
};

function checkSize({ candidate: { spec }, findings, fragments }: Case, ruleSets: number): void {
  const { ruleSetBytesMax, testsMax, ruleSetsMax } = RULE_LIMITS;
  const bytes = fragments.reduce((sum, { text }) => sum + text.length, 0);
  const tests = spec.tests?.length ?? 0;
  const refuse = (field: string, what: string, remedy: string): void =>
    findings.refuseField(field, { reason: 'TooLarge', what, remedy });
  const split = 'Make several RuleSets of it.';
  if (bytes > ruleSetBytesMax) refuse('spec', `${bytes} bytes of SecLang, at most ${ruleSetBytesMax}`, split);
  if (tests > testsMax) refuse('spec.tests', `${tests} tests, at most ${testsMax}`, split);
  if (ruleSets > ruleSetsMax) {
    refuse(
      'spec',
      `one of ${ruleSets} RuleSets of a policy, at most ${ruleSetsMax}`,
      'Name fewer in the policy.',
    );
  }
}

/** The process that has the rules: it reads a question from standard input, answers on standard output, and ends. */
import { readFileSync } from 'node:fs';
import type { ReplayAsked, Replayed, RuleText } from '@sluice/console';
import { fromText, makeRuleFiles, parseFiles, type RuleSet } from '@sluice/engine';
import { loadConfig } from '@sluice/server';
import { styleFor } from '../inspect/render-value.ts';
import { makeRequest } from '../inspect/request.ts';
import { loadInspectRules } from '../inspect/rules.ts';
import { judge, tellStory } from '../inspect/story.ts';
import { toText } from '../inspect/visible.ts';
import { RulesExplainError } from '../rules-explain/errors.ts';
import { gatherFacts, macroText } from '../rules-explain/facts.ts';
import { renderFacts, SEVERITIES } from '../rules-explain/render.ts';
import { baseFiles } from '../serve/base-files.ts';
import type { Judged, Question } from './judge.ts';
import { ToldTargets } from './told-targets.ts';

function replay(path: string, asked: ReplayAsked): Replayed {
  const { select } = loadConfig(path);
  const rules = loadInspectRules({ crs: true, config: path, policy: asked.policy }, { ownLevel: true });
  const request = makeRequest(
    {
      method: fromText(asked.method),
      uri: fromText(asked.uri),
      protocol: fromText(asked.protocol),
      headers: asked.headers.map(([name, value]) => [name, fromText(value)] as const),
      body: new Uint8Array(0),
    },
    { id: 'replay', client: asked.client },
  );
  const told = new ToldTargets();
  const story = tellStory(rules, request, judge(rules, rules.ruleSet, request), null);
  return {
    verdict: story.verdict.kind,
    blocks: story.blocks,
    mode: story.mode,
    score: story.score,
    threshold: story.threshold,
    rules: story.rules
      .filter(({ logs }) => logs)
      .map(({ id, message, score, targets }) => ({
        ...{ id, message: toText(message), score },
        targets: targets.map((target) => told.tell(target)),
      })),
    notes: select.stricter.length === 0 ? [] : ['entries of select.stricter are not applied'],
  };
}

interface Linked {
  readonly ruleSet: RuleSet;
  readonly files: readonly string[];
}

/** Of the first policy that has it: policies differ in their own files alone. */
function rule(path: string | null, id: number): RuleText {
  let missing: RulesExplainError | null = null;
  for (const linked of path === null ? [linkBase()] : linkPolicies(path)) {
    try {
      return textOf(linked, id);
    } catch (error) {
      if (!(error instanceof RulesExplainError)) throw error;
      missing ??= error;
    }
  }
  throw missing ?? new RulesExplainError('UNKNOWN_RULE', { id: String(id), nearest: '' });
}

const linkBase = (): Linked => ({
  ruleSet: loadInspectRules({ crs: true }).ruleSet,
  files: baseFiles({ crs: true, directory: null }),
});

function* linkPolicies(path: string): Generator<Linked> {
  const { policies, rules } = loadConfig(path);
  for (const [policy, { ruleFiles }] of Object.entries(policies)) {
    const { before, after } = ruleFiles;
    if (policy !== 'default' && before.length + after.length === 0) continue;
    const { ruleSet } = loadInspectRules({ crs: true, config: path, policy }, { ownLevel: true });
    yield { ruleSet, files: [...before, ...baseFiles(rules), ...after] };
  }
}

const PLAIN = styleFor({ isTTY: false }, {});
const SOURCE_HEAD = 'Source';

function textOf({ ruleSet, files }: Linked, id: number): RuleText {
  const facts = gatherFacts(ruleSet, parseFiles([...files], makeRuleFiles()), id);
  const { rule: found, paranoia, source } = facts;
  const lines = renderFacts(facts, PLAIN).split('\n');
  const end = lines.indexOf(SOURCE_HEAD);
  return {
    id,
    message: found.msg === null ? '' : toText(macroText(found.msg)),
    phase: found.phase,
    paranoia,
    severity: found.severity === null ? null : (SEVERITIES[found.severity] ?? null),
    tags: found.tags,
    file: found.position.file,
    line: found.position.line,
    words: lines.slice(1, end < 0 ? undefined : end),
    source: toText(source),
  };
}

function answer(): Judged {
  try {
    const question = JSON.parse(readFileSync(0, 'utf8')) as Question;
    return question.kind === 'replay'
      ? { kind: 'replayed', replayed: replay(question.config, question.asked) }
      : { kind: 'rule', rule: rule(question.config, question.id) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'remedy' in error)) throw error;
    const { code, remedy, message } = error as Error & { readonly code: unknown; readonly remedy: unknown };
    return { kind: 'refused', code: String(code), message, remedy: String(remedy) };
  }
}

process.stdout.write(JSON.stringify(answer()));

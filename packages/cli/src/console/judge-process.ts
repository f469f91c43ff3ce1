/** The process that has the rules: it reads a question from standard input, answers on standard output, and ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayAsked, Replayed, RuleText } from '@sluice/console';
import { Engine, fromText, makeRuleFiles, overlayFor, parseFiles, type RuleSet } from '@sluice/engine';
import { type Config, loadConfig, type PolicyConfig, ruleSettings } from '@sluice/server';
import { styleFor } from '../inspect/render-value.ts';
import { makeRequest } from '../inspect/request.ts';
import type { InspectRules } from '../inspect/rules.ts';
import { judge, tellStory } from '../inspect/story.ts';
import { toText } from '../inspect/visible.ts';
import { RulesExplainError } from '../rules-explain/errors.ts';
import { gatherFacts, macroText } from '../rules-explain/facts.ts';
import { renderFacts, SEVERITIES } from '../rules-explain/render.ts';
import { baseFiles } from '../serve/base-files.ts';
import { cacheDirectory } from '../setup/paths.ts';
import { ConsoleDeskError } from './errors.ts';
import type { Judged, Question } from './judge.ts';

type Level = 1 | 2 | 3 | 4;

/** The configuration's schema holds the level to 1 to 4. */
const asLevel = (level: number): Level => (level >= 4 ? 4 : level === 3 ? 3 : level === 2 ? 2 : 1);

interface Linked {
  readonly engine: Engine;
  readonly ruleSet: RuleSet;
  readonly files: readonly string[];
}

/** The rules of a policy, put together as a server does it (packages/server, rule-sets.ts). */
function link(rules: Config['rules'], name: string, policy: PolicyConfig): Linked {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const base = baseFiles(rules);
  const { before, after } = policy.ruleFiles;
  const load = (files: readonly string[]) => (files.length === 0 ? [] : [engine.loadFiles(files)]);
  const unit = engine.loadFiles(base, { paranoiaMax: asLevel(policy.paranoia) });
  const overlay = { ...ruleSettings(name, policy), before: load(before), after: load(after) };
  return {
    engine,
    ruleSet: engine.ruleSet(unit, overlayFor(overlay)),
    files: [...before, ...base, ...after],
  };
}

function replay(path: string, asked: ReplayAsked): Replayed {
  const { policies, rules, select } = loadConfig(path);
  const policy = Object.hasOwn(policies, asked.policy) ? policies[asked.policy] : undefined;
  if (policy === undefined) throw new ConsoleDeskError('DESK_POLICY', { file: path, policy: asked.policy });
  const { engine, ruleSet } = link(rules, asked.policy, policy);
  const loaded: InspectRules = {
    engine,
    ruleSet,
    policy: {
      name: asked.policy,
      mode: policy.mode,
      paranoia: policy.paranoia,
      threshold: policy.thresholds.inbound,
    },
    uninspectable: policy.uninspectable,
    with: () => ruleSet,
  };
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
  const story = tellStory(loaded, request, judge(loaded, ruleSet, request), null);
  return {
    verdict: story.verdict.kind,
    blocks: story.blocks,
    mode: story.mode,
    score: story.score,
    threshold: story.threshold,
    rules: story.rules
      .filter(({ logs }) => logs)
      .map(({ id, message, score }) => ({ id, message: toText(message), score })),
    notes: [
      ...(select.stricter.length === 0 ? [] : ['entries of select.stricter are not applied']),
      ...(policy.addresses.deny.length === 0 && policy.addresses.allow.length === 0
        ? []
        : ['the policy has addresses that it denies or does not inspect: they are asked as the server does']),
    ],
  };
}

/** Of the first policy that has it: policies differ in their own files alone. */
function rule(path: string | null, id: number): RuleText {
  const config = path === null ? null : loadConfig(path);
  const rules = config?.rules ?? { crs: true, directory: null, candidate: null };
  const all = Object.entries(config?.policies ?? {});
  const own = all.filter(
    ([name, { ruleFiles }]) => name === 'default' || ruleFiles.before.length + ruleFiles.after.length > 0,
  );
  let missing: RulesExplainError | null = null;
  for (const linked of own.length === 0
    ? [linkBase(rules)]
    : own.map(([name, policy]) => link(rules, name, policy))) {
    try {
      return textOf(linked, id);
    } catch (error) {
      if (!(error instanceof RulesExplainError)) throw error;
      missing ??= error;
    }
  }
  throw missing ?? new RulesExplainError('UNKNOWN_RULE', { id: String(id), nearest: '' });
}

function linkBase(rules: Config['rules']): Linked {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const files = baseFiles(rules);
  return {
    engine,
    files,
    ruleSet: engine.ruleSet(engine.loadFiles(files), overlayFor({ name: 'rules', mode: null })),
  };
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

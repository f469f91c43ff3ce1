/**
 * The program of the child: compiles what it is asked to into the cache, and says before each pattern which rule it
 * belongs to, so that the parent knows it should this process die of it. It writes synchronously: native code that
 * does not come back leaves no time for anything else.
 */
import { readFileSync, writeSync } from 'node:fs';
import { keysOf } from '../bundle/keys.ts';
import { BundleStore } from '../bundle/store.ts';
import { compileProgram } from '../compile/compile.ts';
import { EngineError } from '../errors.ts';
import type { RuleDocument } from '../language/ast.ts';
import { readDataFile } from '../language/data-file.ts';
import type { FileReader } from '../language/file-reader.ts';
import { parseRules } from '../language/parse.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { createEnvironment } from '../link/environment.ts';
import type { OperatorEnvironment } from '../operators/operator.ts';
import type { RuleProgram } from '../rule-set/program.ts';
import { type CompileMessage, type CompileRequest, MESSAGES } from './messages.ts';
import { readerWithin } from './reader.ts';

const say = (message: CompileMessage): void => {
  writeSync(MESSAGES, `${JSON.stringify(message)}\n`);
};

/** The rule in which a pattern stands: that of the last id before it. */
function ruleIds(document: RuleDocument): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  let last = 0;
  for (const node of document.directives) {
    if (node.kind !== 'rule') continue;
    const id = node.actions.find(({ name }) => name === 'id')?.argument;
    if (id !== undefined) last = Number(id);
    if (!ids.has(node.operator.argument)) ids.set(node.operator.argument, last);
  }
  return ids;
}

function compileTexts({ sources }: CompileRequest, files: FileReader): RuleProgram {
  const document = parseRules(sources, { readFile: files });
  const ids = ruleIds(document);
  const environment = createEnvironment(DEFAULT_LIMITS);
  const announcing: OperatorEnvironment = {
    ...environment,
    compileRegex(pattern) {
      say({ kind: 'progress', progress: { done: 0, total: ids.size, ruleId: ids.get(pattern) ?? null } });
      return environment.compileRegex(pattern);
    },
  };
  return compileProgram(document, {
    environment: announcing,
    readData: (ruleFile, argument, options) => readDataFile(files, ruleFile, argument, options),
  });
}

try {
  const request = JSON.parse(readFileSync(0, 'utf8')) as CompileRequest;
  const { sources, paranoiaMax, cacheDirectory, filesRoot } = request;
  new BundleStore(cacheDirectory).open(
    {
      sources: keysOf(sources),
      paranoiaMax,
      compile: (files) => compileTexts(request, files),
      onProgress: (progress) => say({ kind: 'progress', progress }),
      eachAlone: true,
    },
    readerWithin(filesRoot),
  );
  say({ kind: 'done' });
} catch (error) {
  if (error instanceof EngineError) {
    const { code, details, position = null } = error;
    say({ kind: 'refused', code, details, position });
  } else say({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
}

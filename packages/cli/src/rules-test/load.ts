/** Reads test files (ftw-tests-schema, version 2) into stages. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { RulesTestError, reasonOf } from './errors.ts';
import { readExpectation } from './load-expectation.ts';
import { readInput } from './load-input.ts';
import type { TestStage } from './stage.ts';
import { readYaml, type YamlNode } from './yaml-reader.ts';

// One file of the CRS has its author beside meta instead of in it.
const FILE_KEYS = ['meta', 'rule_id', 'tests', 'author'];
const META_KEYS = ['author', 'enabled', 'name', 'description', 'version', 'tags'];
const TEST_KEYS = ['test_title', 'test_id', 'desc', 'stages', 'tags'];
const STAGE_KEYS = ['description', 'input', 'output'];
const MAXIMUM_ID = 0xffff_ffff;

/**
 * Every stage of the test files below the paths, in the order of the paths, then of the file names.
 *
 * @param paths files, or directories that are searched for `.yaml` and `.yml` files
 * @throws RulesTestError TEST_FILE_UNREADABLE, TEST_FILE_INVALID or TEST_UNSUPPORTED
 */
export function loadStages(paths: readonly string[]): TestStage[] {
  const stages: TestStage[] = [];
  const seen = new Map<string, TestStage>();
  for (const file of paths.flatMap(testFiles)) {
    for (const stage of parseStages(file, readText(file))) {
      const first = seen.get(stage.id);
      if (first !== undefined) {
        throw new RulesTestError(
          'TEST_FILE_INVALID',
          { reason: `the id ${stage.id} is used twice, first at ${first.file}:${first.line}` },
          { position: { file: stage.file, line: stage.line, column: 1 } },
        );
      }
      seen.set(stage.id, stage);
      stages.push(stage);
    }
  }
  return stages;
}

/** The stages of one file's text; none where its documents are empty. */
export function parseStages(file: string, text: string): TestStage[] {
  return readYaml(file, text, 'TEST_FILE_INVALID').flatMap((root) => readDocument(file, root));
}

function testFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new RulesTestError('TEST_FILE_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new RulesTestError('TEST_FILE_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error });
  }
}

function readDocument(file: string, root: YamlNode): TestStage[] {
  const fields = root.fields(FILE_KEYS);
  fields.get('meta')?.fields(META_KEYS);
  const ruleId = fields.get('rule_id')?.integer(1, MAXIMUM_ID) ?? ruleIdOfName(file);
  if (ruleId === null) throw root.fail('rule_id is missing, and the file name holds no number');
  const tests = fields.get('tests')?.items() ?? [];
  return tests.flatMap((test, index) => {
    const keys = test.fields(TEST_KEYS);
    // As the client has it: a test without an id, or with 0, takes its place in the list.
    const testId = keys.get('test_id')?.integer(0, MAXIMUM_ID) || index + 1;
    const stages = keys.get('stages')?.items() ?? [];
    if (stages.length === 0) throw test.fail('has no stages');
    return stages.map((stage, number): TestStage => {
      const { input, output } = Object.fromEntries(stage.fields(STAGE_KEYS));
      if (input === undefined) throw stage.fail('input is missing');
      if (output === undefined) throw stage.fail('output is missing');
      const id = `${ruleId}-${testId}`;
      return {
        id: stages.length > 1 ? `${id}-${number + 1}` : id,
        ruleId,
        file,
        line: stage.line,
        input: readInput(input),
        expected: readExpectation(output),
      };
    });
  });
}

function ruleIdOfName(file: string): number | null {
  const [digits] = /\d{1,9}/.exec(basename(file)) ?? [];
  return digits === undefined ? null : Number(digits);
}

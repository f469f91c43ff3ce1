/** Stages that are known to fail, each with its reason: a list of `{id, reason}` in a YAML file. */
import { readFileSync } from 'node:fs';
import { RulesTestError, reasonOf } from './errors.ts';
import { readYaml } from './yaml-reader.ts';

/** The reason by stage id. */
export type Exclusions = ReadonlyMap<string, string>;

export function loadExclusions(path: string): Exclusions {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new RulesTestError('TEST_FILE_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error });
  }
  return parseExclusions(path, text);
}

/** @throws RulesTestError EXCLUSIONS_INVALID for a missing or repeated id and for a missing reason */
export function parseExclusions(file: string, text: string): Exclusions {
  const exclusions = new Map<string, string>();
  for (const root of readYaml(file, text, 'EXCLUSIONS_INVALID')) {
    for (const item of root.items()) {
      const fields = item.fields(['id', 'reason']);
      const id = fields.get('id')?.text() ?? '';
      const reason = fields.get('reason')?.text().trim() ?? '';
      if (id === '') throw item.fail('id is missing');
      if (reason === '') throw item.fail('reason is missing');
      if (exclusions.has(id)) throw item.fail(`${id} is excluded twice`);
      exclusions.set(id, reason);
    }
  }
  return exclusions;
}

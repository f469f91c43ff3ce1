/** Writes `rules` of a sluice.yaml, and leaves everything else of the file as it stands. */
import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { isScalar, parseDocument } from 'yaml';
import { RulesUpdateError } from './errors.ts';

export interface RulesEdit {
  /** Null removes it. */
  readonly candidate: string | null;
  /** Absent leaves it. */
  readonly directory?: string;
  /** Behind the path, for those who read the file: version and sum. */
  readonly comment: string;
}

/** Replaces the file in one step: the server that watches it never reads a half. */
export function editRules(path: string, edit: RulesEdit): void {
  const file = realpathSync(path);
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.errors[0] !== undefined) {
    throw new RulesUpdateError('RULES_UPDATE_CALL', { reason: document.errors[0].message });
  }
  const former = document.getIn(['rules', 'candidate'], true);
  // What is promoted keeps the word that was written beside the candidate.
  const kept = isScalar(former) && former.value === edit.directory ? former.comment : null;
  const comment = edit.comment === '' ? kept : ` ${edit.comment}`;
  const set = (key: string, value: string): void => {
    const node = document.createNode(value);
    if (comment !== null && comment !== undefined) node.comment = comment;
    document.setIn(['rules', key], node);
  };
  if (edit.candidate === null) document.deleteIn(['rules', 'candidate']);
  else set('candidate', edit.candidate);
  if (edit.directory !== undefined) set('directory', edit.directory);
  const temporary = `${file}.new`;
  writeFileSync(temporary, document.toString({ lineWidth: 0 }), { mode: statSync(file).mode });
  renameSync(temporary, file);
}

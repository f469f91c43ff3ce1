/** Writes `rules` of a sluice.yaml. Comments, order and all other settings stay; blanks may change. */
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

/** Returns the former text, for `replaceFile`. */
export function editRules(path: string, edit: RulesEdit): string {
  const text = readFileSync(path, 'utf8');
  const document = parseDocument(text);
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
  replaceFile(path, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
  return text;
}

/** In one step: the server that watches the file never reads a half. */
export function replaceFile(path: string, text: string): void {
  const file = realpathSync(path);
  const temporary = `${file}.new`;
  writeFileSync(temporary, text, { mode: statSync(file).mode });
  renameSync(temporary, file);
}

/** Writes policies of a sluice.yaml. Comments, order and all other settings stay; blanks may change. */
import { readFileSync } from 'node:fs';
import type { ExclusionObject, StagedMode } from '@sluice/hub/promote';
import { type Config, loadConfig } from '@sluice/server';
import { type Document, parseDocument } from 'yaml';
import { replaceFile } from '../rules-update/edit.ts';
import { RulesUpdateError } from '../rules-update/errors.ts';
import { awaitReload } from '../rules-update/watch.ts';
import { PromoteError } from './errors.ts';

export const withMode =
  (policy: string, { mode, staged }: StagedMode) =>
  (document: Document): void => {
    document.setIn(['policies', policy, 'mode'], mode);
    if (staged === null) document.deleteIn(['policies', policy, 'staged']);
    else document.setIn(['policies', policy, 'staged'], document.createNode(staged, { flow: true }));
  };

export const withExclusions =
  (policy: string, exclusions: readonly ExclusionObject[]) =>
  (document: Document): void => {
    const path = ['policies', policy, 'exclusions'];
    const known = document.getIn(path);
    if (known === undefined || known === null) document.setIn(path, document.createNode([]));
    for (const exclusion of exclusions) document.addIn(path, document.createNode(exclusion, { flow: true }));
  };

export interface EditOptions {
  /** Whether a running server has to take it over before this is done. */
  readonly awaitServer: boolean;
  /** How that is waited for; by the admin address of the configuration where nothing else is said. */
  readonly awaitReload?: AwaitReload;
}

export type AwaitReload = typeof awaitReload;

/**
 * Changes the file, and waits until the server has taken it over. Where that refuses it, or where the file would be wrong, the file is as it was; where nobody
 * can be asked, it is as it should be at the next start.
 *
 * @returns whether anything had to be changed
 * @throws ServerError of a configuration; PromoteError PROMOTE_NOT_IN_FORCE; RulesUpdateError RULES_UPDATE_UNREACHABLE
 */
export async function editConfig(
  path: string,
  edit: (document: Document) => void,
  { awaitServer, awaitReload: wait = awaitReload }: EditOptions,
): Promise<boolean> {
  const former = readFileSync(path, 'utf8');
  const document = parseDocument(former);
  edit(document);
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  if (text === former) return false;
  const sinceMillis = Date.now();
  replaceFile(path, text);
  try {
    const config = loadConfig(path);
    if (awaitServer) await taken(config, sinceMillis, wait);
  } catch (error) {
    if (!(error instanceof RulesUpdateError)) replaceFile(path, former);
    throw error;
  }
  return true;
}

async function taken(config: Config, sinceMillis: number, wait: AwaitReload): Promise<void> {
  const { outcome, reason } = await wait(config, sinceMillis);
  if (outcome === 'refused' || outcome === 'failed')
    throw new PromoteError('PROMOTE_NOT_IN_FORCE', { reason });
}

/**
 * pmFromDataset and ipMatchFromDataset: as pmFromFile and ipMatchFromFile, with the lines of a SecDataset that stands above
 * the rule.
 *
 * Source: Coraza.
 */
import { ipMatchFromFile } from './ip-match-from-file.ts';
import type { OperatorDefinition } from './operator.ts';
import { pmFromFile } from './pm-from-file.ts';

const fromDataset = (name: string, { create }: OperatorDefinition): OperatorDefinition => ({
  name,
  readsFile: 'dataset',
  create,
});

export const pmFromDataset = fromDataset('pmFromDataset', pmFromFile);
export const ipMatchFromDataset = fromDataset('ipMatchFromDataset', ipMatchFromFile);

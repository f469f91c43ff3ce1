/** `--sort FIELD[:asc|desc]`. */
import { fieldOf, type Sort } from '@sluice/hub';
import type { DataSet } from '@sluice/spool';

/**
 * Newest or largest first, unless said otherwise.
 * @throws HubError QUERY_FIELD where the data set has no such field
 */
export function parseSort(text: string, dataSet: DataSet): Sort {
  const [, name = '', order = 'desc'] = /^(.*?)(?::(asc|desc))?$/s.exec(text) ?? [];
  return { field: fieldOf(dataSet, name).path, order: order === 'asc' ? 'asc' : 'desc' };
}

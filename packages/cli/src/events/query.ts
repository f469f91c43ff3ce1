/** The query of the command line, by the schema of the data set. */
import { parseQuery, type Query, schemaOf } from '@sluice/hub';
import type { DataSet } from '@sluice/spool';

/** @throws HubError QUERY_SYNTAX, which points at the column */
export const readQuery = (text: string, dataSet: DataSet, now: number): Query =>
  parseQuery(text, schemaOf(dataSet), { now });

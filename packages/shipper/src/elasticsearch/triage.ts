/** What became of each record, from what Elasticsearch answers about it. */
import { type Outcome, STORED } from '../sink.ts';
import { errorIn, fieldOf } from './client.ts';

/** Errors of status 400 that are the document's own: it will be refused for ever. */
const DOCUMENT_ERRORS: ReadonlySet<string> = new Set([
  'document_parsing_exception',
  'mapper_parsing_exception',
  'strict_dynamic_mapping_exception',
  'illegal_argument_exception',
  'parse_exception',
  'parsing_exception',
  'x_content_parse_exception',
  'json_parse_exception',
]);

/** @param item of a bulk answer: `{"create": {"status": 201}}` */
export function outcomeOf(item: unknown): Outcome {
  const created = fieldOf(item, 'create');
  const status = fieldOf(created, 'status');
  const { type, reason } = errorIn(created);
  const why = `${type}: ${reason}`;
  if (status === 200 || status === 201) {
    // It lies in the stream's failure store, where no query finds it.
    if (fieldOf(created, 'failure_store') !== 'used') return STORED;
    return {
      kind: 'dead',
      code: 'failure_store',
      reason: 'its mapping was refused; the failure store has it',
    };
  }
  switch (status) {
    case 409:
      // The id is there: an earlier attempt had arrived.
      if (type === 'version_conflict_engine_exception') return STORED;
      return { kind: 'again', reason: why, suspect: true };
    case 429:
      return { kind: 'again', reason: why };
    case 400:
      if (DOCUMENT_ERRORS.has(type)) return { kind: 'dead', code: type, reason };
      // As "this cluster currently has the maximum of shards": no record's fault.
      return { kind: 'again', reason: why };
    case 413:
      return { kind: 'dead', code: 'too_large', reason };
    case 401:
    case 403:
    case 404:
    case 503:
      // Blocked, read-only, without its template, without its shard.
      return { kind: 'again', reason: why, uncertain: status === 503 };
    default:
      return { kind: 'again', reason: `status ${String(status)} ${why}`, uncertain: true, suspect: true };
  }
}

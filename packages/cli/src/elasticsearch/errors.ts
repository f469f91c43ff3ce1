/** Errors around Elasticsearch's process. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const ELASTICSEARCH_ERRORS = {
  ELASTICSEARCH_NOT_STARTED: {
    message: 'Elasticsearch cannot be started: {reason}',
    remedy: 'Check that setpriv (util-linux) and bash are there.',
  },
  ELASTICSEARCH_EXITED: {
    message: 'Elasticsearch ended ({how}) before it was ready. Its last words: {log}',
    remedy: 'Correct what they say; too little memory is the usual cause.',
  },
  ELASTICSEARCH_NOT_READY: {
    message: 'Elasticsearch was not ready after {millis} ms. Its last words: {log}',
    remedy: 'Try again on a machine with less to do.',
  },
} as const;

export type ElasticsearchErrorCode = keyof typeof ELASTICSEARCH_ERRORS;

export class ElasticsearchError extends CodedError<ElasticsearchErrorCode> {
  override readonly name = 'ElasticsearchError';

  constructor(code: ElasticsearchErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(ELASTICSEARCH_ERRORS, code, details, cause);
  }
}

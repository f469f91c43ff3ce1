/**
 * A real Elasticsearch for a test file: the run's own, which other files use at the same time. So a test takes a namespace of
 * its own, asks only for what is in it, and neither kills the server nor changes its settings; one that must, starts one by
 * startElasticsearch (packages/cli/src/elasticsearch/process.ts).
 *
 *     const url = await sharedElasticsearch('8.19.8');
 *     const namespace = freshNamespace();
 */
import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import type { ElasticsearchVersion } from '../packages/cli/src/setup/elasticsearch.ts';
import type { ServerAnswer } from './elasticsearch-servers.ts';

export {
  ELASTICSEARCH_VERSIONS,
  type ElasticsearchVersion,
} from '../packages/cli/src/setup/elasticsearch.ts';

/** The address of the run's server, `http://127.0.0.1:PORT`; the first who asks waits until it has started. */
export async function sharedElasticsearch(version: ElasticsearchVersion): Promise<string> {
  const socket = createConnection(inject('elasticsearchSocket'));
  socket.write(`${version}\n`);
  const answer: ServerAnswer = JSON.parse(await text(socket));
  if ('url' in answer) return answer.url;
  throw new Error(`Elasticsearch ${version}: ${answer.error}`);
}

/** For data streams `logs-sluice.waf-NAMESPACE`: nobody else has it. */
export const freshNamespace = (): string => `t${randomBytes(8).toString('hex')}`;

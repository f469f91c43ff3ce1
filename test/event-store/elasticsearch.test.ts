import { ElasticsearchStore } from '@sluice/hub';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { describeEventStore } from './contract.ts';

for (const version of ELASTICSEARCH_VERSIONS) {
  describeEventStore(
    `Elasticsearch ${version}`,
    async () =>
      new ElasticsearchStore({
        client: { node: await sharedElasticsearch(version) },
        namespace: freshNamespace(),
        refresh: true,
      }),
    { queries: 60, arrivals: true },
  );
}

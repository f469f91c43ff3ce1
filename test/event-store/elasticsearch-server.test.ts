import { describe, expect, it } from 'vitest';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';

describe.each(ELASTICSEARCH_VERSIONS)('Elasticsearch %s', (version) => {
  it('is one server, however many ask for it', async () => {
    const [one, other] = await Promise.all([sharedElasticsearch(version), sharedElasticsearch(version)]);
    expect(other).toBe(one);
    const response = await fetch(`${one}/_nodes/_local/http`);
    const { nodes } = Object(await response.json());
    expect(Object.values(nodes)).toEqual([expect.objectContaining({ version })]);
    expect(freshNamespace()).not.toBe(freshNamespace());
  });
});

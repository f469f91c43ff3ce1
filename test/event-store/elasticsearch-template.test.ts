import { Client } from '@elastic/elasticsearch';
import { installTemplate, policyOf, streamName, templateOf } from '@sluice/shipper/template';
import { L7_SCHEMA, type Schema, WAF_SCHEMA } from '@sluice/spool';
import { afterEach, describe, expect, it } from 'vitest';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { type Answers, startFakeElasticsearch } from './fake-elasticsearch.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function clientOf(node: string): Client {
  const client = new Client({ node, maxRetries: 0 });
  closing.push(() => client.close());
  return client;
}

const optionsFor = (namespace: string, more = {}) => ({
  dataSet: 'waf' as const,
  schema: WAF_SCHEMA,
  namespace,
  retentionDays: null,
  ...more,
});

const later = (schema: Schema, fields: Schema['fields']): Schema => ({
  ...schema,
  version: schema.version + 1,
  fields,
});

describe.each(ELASTICSEARCH_VERSIONS)('the index template on Elasticsearch %s', (version) => {
  const open = async (): Promise<Client> => clientOf(await sharedElasticsearch(version));

  const put = async (client: Client, stream: string, id: string, fields: object): Promise<number> => {
    const document = { '@timestamp': '2026-11-23T06:00:00.000Z', 'event.id': id, ...fields };
    const { items } = await client.bulk({ operations: [{ create: { _index: stream, _id: id } }, document] });
    return items[0]?.create?.status ?? 0;
  };

  /** Types of what a stream indexes, by path. */
  const typesOf = async (client: Client, stream: string): Promise<ReadonlyMap<string, string>> => {
    const { fields } = await client.fieldCaps({ index: stream, fields: '*', filters: '-metadata,-parent' });
    return new Map(Object.entries(fields).map(([path, types]) => [path, Object.keys(types).join()]));
  };

  it.each([
    ['waf', WAF_SCHEMA],
    ['l7', L7_SCHEMA],
  ] as const)(
    'makes a stream of the first document of %s, with each field and no other',
    async (dataSet, schema) => {
      const client = await open();
      const options = optionsFor(freshNamespace(), { dataSet, schema });
      const { stream } = await installTemplate(client, options);
      expect(await put(client, stream, 'a', { unknown: { field: 1 }, waf: { y: 1 } })).toBe(201);
      expect(await put(client, stream, 'a', {})).toBe(409);
      const expected = new Map(schema.fields.map(({ path, type }): [string, string] => [path, type]));
      const found = new Map([...(await typesOf(client, stream))].filter(([path]) => !path.startsWith('_')));
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    },
  );

  it('does not grow without bounds, and takes documents on', async () => {
    const client = await open();
    const { stream } = await installTemplate(client, optionsFor(freshNamespace()));
    const before = await put(client, stream, 'a', { host: 'n' }).then(() => typesOf(client, stream));
    const names = Array.from({ length: 300 }, (_, at) => [`s${at}`, at]);
    const scores = { scores: Object.fromEntries(names), ...Object.fromEntries(names) };
    expect(await put(client, stream, 'b', { waf: scores, ...Object.fromEntries(names) })).toBe(201);
    expect((await typesOf(client, stream)).get('waf.scores.s0')).toBe('long');
    const grown = (await typesOf(client, stream)).size - before.size;
    expect(grown).toBeGreaterThan(100);
    expect(grown).toBeLessThanOrEqual(128);
  });

  it('says so where a value cannot be indexed as it is', async () => {
    const client = await open();
    const { stream } = await installTemplate(client, optionsFor(freshNamespace()));
    expect(await put(client, stream, 'a', { host: 'x'.repeat(32_767) })).toBe(400);
    expect(await put(client, stream, 'b', { host: 'x'.repeat(32_766) })).toBe(201);
    expect(await put(client, stream, 'c', { source: { port: 1.5 } })).toBe(400);
    expect(await put(client, stream, 'd', { source: { port: '80' } })).toBe(400);
  });

  it('is left alone where it is the same, newer, or not its own', async () => {
    const client = await open();
    const options = optionsFor(freshNamespace());
    expect(await installTemplate(client, options)).toMatchObject({ template: 'created', retention: 'none' });
    expect(await installTemplate(client, options)).toMatchObject({ template: 'kept' });
    const newer = { ...options, schema: later(WAF_SCHEMA, WAF_SCHEMA.fields) };
    expect(await installTemplate(client, newer)).toMatchObject({ template: 'upgraded' });
    expect(await installTemplate(client, options)).toMatchObject({ template: 'newer' });

    const foreign = optionsFor(freshNamespace());
    const name = streamName('waf', foreign.namespace);
    await client.indices.putIndexTemplate({ name, index_patterns: [name], priority: 501, data_stream: {} });
    await expect(installTemplate(client, foreign)).rejects.toMatchObject({ code: 'TEMPLATE_FOREIGN' });
  });

  it('brings new fields to a stream that is there, by a new index where a type has changed', async () => {
    const client = await open();
    const options = optionsFor(freshNamespace());
    const { stream } = await installTemplate(client, options);
    await put(client, stream, 'a', { host: 'n' });
    const added = { ...WAF_SCHEMA.fields[0], path: 'waf.added', type: 'ip' } as (typeof WAF_SCHEMA.fields)[0];
    const wider = { ...options, schema: later(WAF_SCHEMA, [...WAF_SCHEMA.fields, added]) };
    await installTemplate(client, wider);
    expect((await typesOf(client, stream)).get('waf.added')).toBe('ip');
    const indices = async () => Object.keys(await client.indices.get({ index: stream })).length;
    expect(await indices()).toBe(1);

    const changed = WAF_SCHEMA.fields.map((field) =>
      field.path === 'host' ? { ...field, type: 'long' as const } : field,
    );
    await installTemplate(client, { ...options, schema: later(wider.schema, changed) });
    expect(await indices()).toBe(2);
    expect(await put(client, stream, 'b', { host: 5 })).toBe(201);
  });

  it('goes on without retention where the server has none', async () => {
    const client = await open();
    const options = optionsFor(freshNamespace(), { retentionDays: 30 });
    expect(await installTemplate(client, options)).toMatchObject({
      template: 'created',
      retention: 'unavailable',
    });
    // Who says nothing takes nothing back.
    expect(await installTemplate(client, { ...options, retentionDays: null })).toMatchObject({
      template: 'kept',
      retention: 'unavailable',
    });
  });
});

async function fakeServer(answers: Answers) {
  const server = await startFakeElasticsearch(answers);
  closing.push(server.close);
  return { client: clientOf(server.url), calls: server.calls };
}

const NAME = 'logs-sluice.waf-x';
const OK = [200, { acknowledged: true }] as const;
const NOT_FOUND = [
  404,
  { error: { type: 'resource_not_found_exception', reason: '' }, status: 404 },
] as const;
const WITHOUT_TEMPLATE = {
  [`GET /_index_template/${NAME}`]: NOT_FOUND,
  [`PUT /_index_template/${NAME}`]: OK,
  [`HEAD /${NAME}`]: NOT_FOUND,
};

describe('retention', () => {
  const options = optionsFor('x', { retentionDays: 30 });

  it("is the data stream's lifecycle where the server has that, for a stream that is there, too", async () => {
    const { client, calls } = await fakeServer({
      ...WITHOUT_TEMPLATE,
      [`GET /_data_stream/${NAME}/_lifecycle`]: [200, { data_streams: [] }],
      [`PUT /_data_stream/${NAME}/_lifecycle`]: OK,
    });
    expect(await installTemplate(client, options)).toMatchObject({ retention: 'lifecycle' });
    const lifecycle = calls.find(({ call }) => call === `PUT /_data_stream/${NAME}/_lifecycle`);
    expect(lifecycle?.body).toEqual({ data_retention: '30d' });
    const put = calls.find(({ call }) => call === `PUT /_index_template/${NAME}`);
    expect(put?.body).toMatchObject({ template: { lifecycle: { data_retention: '30d' } } });
    expect(calls.some(({ call }) => call.includes('_ilm'))).toBe(false);
  });

  it('is a policy of ILM where that is all the server has', async () => {
    const { client, calls } = await fakeServer({
      ...WITHOUT_TEMPLATE,
      [`GET /_ilm/policy/${NAME}`]: NOT_FOUND,
      [`PUT /_ilm/policy/${NAME}`]: OK,
    });
    expect(await installTemplate(client, options)).toMatchObject({ retention: 'ilm' });
    const policy = calls.find(({ call }) => call === `PUT /_ilm/policy/${NAME}`);
    expect(policy?.body).toEqual({ policy: policyOf(30) });
    const put = calls.find(({ call }) => call === `PUT /_index_template/${NAME}`);
    expect(put?.body).toMatchObject({ template: { settings: { index: { lifecycle: { name: NAME } } } } });
  });

  it('leaves a policy of the same name that is not its own', async () => {
    const policy = { version: 1, modified_date: '', policy: { phases: {} } };
    const { client, calls } = await fakeServer({
      ...WITHOUT_TEMPLATE,
      [`GET /_ilm/policy/${NAME}`]: [200, { [NAME]: policy }],
    });
    await expect(installTemplate(client, options)).rejects.toMatchObject({ code: 'TEMPLATE_FOREIGN' });
    expect(calls.every(({ call }) => call.startsWith('GET'))).toBe(true);
  });

  it('tells an interface that is missing from one that fails', async () => {
    const { client } = await fakeServer({
      ...WITHOUT_TEMPLATE,
      [`GET /_data_stream/${NAME}/_lifecycle`]: [403, { error: { type: 'security_exception' }, status: 403 }],
    });
    await expect(installTemplate(client, options)).rejects.toMatchObject({ statusCode: 403 });
  });

  it('rolls over often enough to keep nothing much longer than asked', () => {
    expect(policyOf(1).phases.hot?.actions?.rollover?.max_age).toBe('1d');
    expect(policyOf(95).phases.hot?.actions?.rollover?.max_age).toBe('10d');
    expect(policyOf(95).phases.delete?.min_age).toBe('95d');
  });
});

describe('names', () => {
  it.each(['', 'A', 'a-b', '_a', 'a*', 'a,b', 'x'.repeat(101)])('refuse the namespace %j', (namespace) => {
    expect(() => templateOf(optionsFor(namespace), 'none')).toThrow(
      expect.objectContaining({ code: 'SHIPPER_OPTION' }),
    );
  });
});

/**
 * A server that answers as Elasticsearch's published interface says, for what the real one of the tests does not have, or cannot
 * be made to do.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';

/** Status and body by method and path, `GET /_ilm/policy/x`; in their order where there are several, the last one again and again. */
export type Answers = Readonly<Record<string, Answer | readonly Answer[]>>;
export type Answer = readonly [status: number, body: unknown];

export interface Call {
  readonly call: string;
  readonly query: URLSearchParams;
  /** Of JSON; lines of it as a list. */
  readonly body: unknown;
}

export interface FakeElasticsearch {
  readonly url: string;
  readonly calls: readonly Call[];
  readonly close: () => Promise<void>;
}

const TYPE = 'application/vnd.elasticsearch+json;compatible-with=8';

const isList = (answer: Answer | readonly Answer[]): answer is readonly Answer[] => Array.isArray(answer[0]);

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const zipped = request.headers['content-encoding'] === 'gzip';
  const body = await text(zipped ? request.pipe(createGunzip()) : request);
  if (body === '') return null;
  const isLines = request.headers['content-type']?.includes('ndjson') === true;
  return isLines
    ? body
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
    : JSON.parse(body);
}

/** What has no answer is an interface that the server does not have. */
export async function startFakeElasticsearch(answers: Answers): Promise<FakeElasticsearch> {
  const calls: Call[] = [];
  const asked = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://127.0.0.1');
    const call = `${request.method} ${decodeURIComponent(path)}`;
    calls.push({ call, query, body: await bodyOf(request) });
    const times = asked.get(call) ?? 0;
    asked.set(call, times + 1);
    const known = answers[call] ?? [400, { error: `no handler found for uri [${path}] and method [GET]` }];
    const [status, body] = isList(known) ? (known[times] ?? known.at(-1) ?? [500, {}]) : known;
    response.writeHead(status, { 'content-type': TYPE, 'x-elastic-product': 'Elasticsearch' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

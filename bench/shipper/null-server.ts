/** Answers bulk requests as Elasticsearch does, and keeps nothing: what is left is what a shipper itself takes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

const LINE_END = 0x0a;

/** What the server says of each document, whole and as `filter_path` leaves it. */
const whole = (id: number): string =>
  `{"create":{"_index":".ds-logs-sluice.waf-bench-2026.11.23-000001","_id":"${String(id).padStart(32, '0')}","_version":1,` +
  `"result":"created","_shards":{"total":2,"successful":1,"failed":0},"_seq_no":${id},"_primary_term":1,"status":201}}`;
const FILTERED = '{"create":{"status":201}}';

const server = createServer(async (request, response) => {
  const body = await buffer(request);
  const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) lines += 1;
  const filtered = request.url?.includes('filter_path') === true;
  const items = Array.from({ length: lines / 2 }, (_, id) => (filtered ? FILTERED : whole(id)));
  const start = filtered ? '{"items":[' : '{"errors":false,"took":1,"items":[';
  response.writeHead(200, {
    'content-type': 'application/vnd.elasticsearch+json;compatible-with=8',
    'x-elastic-product': 'Elasticsearch',
  });
  response.end(`${start}${items.join(',')}]}`);
});
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a host has an address that is no path.
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.once('SIGTERM', () => process.exit(0));

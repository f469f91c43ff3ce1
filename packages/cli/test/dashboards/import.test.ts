/** `sluice dashboards import` against servers that check each request as the published APIs describe it. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  GRAFANA_FILE,
  type ImportFlags,
  importDashboards,
  KIBANA_FILE,
} from '../../src/dashboards/import.ts';
import { repositoryRoot } from '../../src/setup/paths.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

let folder: string;
let server: Server;
let url: string;
/** What a request was, in one line each; what was wrong with it, in `faults`. */
let asked: string[];
let faults: string[];
let answer: Answer | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-dashboards-'));
  asked = [];
  faults = [];
  answer = null;
  server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { status, body } = answer ?? (await take(request, Buffer.concat(chunks)));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const read = (path: string): string => readFileSync(join(repositoryRoot(), path), 'utf8');

const expectThat = (holds: boolean, fault: string): void => {
  if (!holds) faults.push(fault);
};

async function take(request: IncomingMessage, body: Buffer): Promise<Answer> {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'nobody'}`);
  return request.url?.includes('saved_objects') ? kibana(request, body) : grafana(request, body);
}

/** Kibana refuses without kbn-xsrf (400), and any body that is not multipart with a file *.ndjson (415, 400). */
async function kibana({ headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  expectThat(headers['kbn-xsrf'] !== undefined, 'kbn-xsrf is missing');
  const type = headers['content-type'] ?? '';
  expectThat(/^multipart\/form-data; ?boundary=/.test(type), `content type ${type}`);
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const file = form.get('file');
  if (file === null || typeof file === 'string') return { status: 400, body: { message: 'no file' } };
  expectThat(file.name.endsWith('.ndjson'), `file ${file.name}`);
  expectThat([...form.keys()].length === 1, 'more than the file');
  const lines = (await file.text()).trimEnd().split('\n');
  expectThat(`${lines.join('\n')}\n` === read(KIBANA_FILE), 'another file');
  return { status: 200, body: { success: true, successCount: lines.length - 1, warnings: [] } };
}

async function grafana({ headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  expectThat(headers['content-type'] === 'application/json', 'content type');
  const { dashboard, ...rest } = JSON.parse(body.toString());
  const { id, ...board } = dashboard;
  expectThat(id === null, 'a dashboard of another server has another id');
  expectThat(JSON.stringify(board) === JSON.stringify(JSON.parse(read(GRAFANA_FILE))), 'another dashboard');
  expectThat(rest.overwrite === true, 'overwrite');
  asked.push(`folder ${rest.folderUid ?? 'none'}`);
  return {
    status: 200,
    body: { id: 1, uid: 'sluice', url: '/d/sluice/sluice', status: 'success', version: 1 },
  };
}

async function run(flags: ImportFlags, variables: NodeJS.ProcessEnv = {}): Promise<string> {
  let told = '';
  const stdout = { write: (text: string) => (told += text) };
  await importDashboards(flags, { stdout, variables });
  return told;
}

describe('Kibana', () => {
  it('gets the file as its API wants it, into its default space', async () => {
    const key = join(folder, 'key');
    writeFileSync(key, 'aWQ6a2V5\n');
    const told = await run({ kibana: url, kibanaKeyFile: key });
    expect(asked).toEqual(['POST /api/saved_objects/_import?overwrite=true ApiKey aWQ6a2V5']);
    expect(faults).toEqual([]);
    expect(told).toMatch(/^Kibana has taken \d+ objects/);
  });

  it('gets it into a space, below a path of its own, by user and password', async () => {
    const address = `${url.replace('//', '//elastic:p%40ss@')}/kibana/`;
    await run({ kibana: address, space: 'a/b' });
    const pair = Buffer.from('elastic:p@ss').toString('base64');
    expect(asked).toEqual([`POST /kibana/s/a%2Fb/api/saved_objects/_import?overwrite=true Basic ${pair}`]);
  });

  it('is believed where it answers 200 and took nothing', async () => {
    const errors = [{ type: 'lens', id: 'sluice-rules', error: { type: 'unsupported_type' } }];
    answer = { status: 200, body: { success: false, successCount: 3, errors } };
    await expect(run({ kibana: url })).rejects.toThrow(
      /3 taken; .*sluice-rules.*unsupported_type.*DASHBOARDS_REFUSED/,
    );
  });

  it('says why it refuses, in words that no terminal obeys', async () => {
    answer = { status: 401, body: { statusCode: 401, message: 'no such key \x1b[2J' } };
    await expect(run({ kibana: url })).rejects.toThrow('401 no such key \\x1b[2J [DASHBOARDS_REFUSED]');
  });

  it('is no proxy that answers with a page', async () => {
    answer = { status: 200, body: '<html>log in</html>' };
    await expect(run({ kibana: url })).rejects.toThrow(/without JSON: is it the right address/);
  });
});

describe('Grafana', () => {
  it('gets the dashboard as its API wants it', async () => {
    const told = await run({ grafana: url, folder: 'waf' }, { SLUICE_GRAFANA_TOKEN: 'glsa_1' });
    expect(asked).toEqual(['POST /api/dashboards/db Bearer glsa_1', 'folder waf']);
    expect(faults).toEqual([]);
    expect(told).toBe('Grafana has taken the dashboard "Sluice": /d/sluice/sluice\n');
  });

  it('says why it refuses', async () => {
    answer = {
      status: 412,
      body: { message: 'The dashboard has been changed by someone else', status: 'version-mismatch' },
    };
    await expect(run({ grafana: url })).rejects.toThrow('412 The dashboard has been changed by someone else');
  });
});

it('tells what does not answer, and never the password', async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
  const failure = run({ kibana: url.replace('//', '//elastic:secret@') });
  await expect(failure).rejects.toThrow(/does not answer: .*ECONNREFUSED.*DASHBOARDS_UNREACHABLE/);
  await expect(failure).rejects.not.toThrow(/secret/);
});

it.each<[ImportFlags, RegExp]>([
  [{}, /--kibana, --grafana: one is needed/],
  [{ kibana: 'nowhere' }, /--kibana: it is no URL/],
  [{ grafana: 'file:///etc/passwd' }, /--grafana: it is neither http nor https/],
  [{ kibana: 'http://localhost:1', kibanaKeyFile: '/nowhere' }, /--kibana-key-file: ENOENT/],
])('refuses %j', async (flags, words) => {
  await expect(run(flags)).rejects.toThrow(words);
});

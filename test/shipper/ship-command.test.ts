/** `sluice ship` as a process, over a spool on disk, against a real Elasticsearch. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SpoolWriter } from '@sluice/spool';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { ask, count, record, records, rollover, streamOf } from './stand.ts';

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');

let directory = '';
let url = '';
let namespace = '';
const children = new Set<ChildProcess>();

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-ship-'));
  url = await sharedElasticsearch('8.19.8');
  namespace = freshNamespace();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(directory, { recursive: true, force: true });
});

function writeConfig(limits = ''): string {
  const path = join(directory, 'ship.yaml');
  const sink = `{type: elasticsearch, nodes: ['${url}'], namespace: ${namespace}}`;
  writeFileSync(path, `spools: [spool]\nstate: state\nadmin: 127.0.0.1:0\nsinks: [${sink}]\n${limits}`);
  return path;
}

function ship(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [MAIN, 'ship', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

async function run(...args: readonly string[]): Promise<Ended> {
  const child = ship(...args);
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await once(child, 'exit')) as [number | null];
  const [output, errors] = await said;
  return { status, output, errors };
}

async function stored(): Promise<number> {
  const answer = await fetch(`${url}/${streamOf(namespace)}/_count?ignore_unavailable=true`);
  const { count: documents = 0 } = (await answer.json()) as { count?: number };
  return documents;
}

interface Template {
  readonly template: { readonly settings: { readonly index: { readonly mapping?: object } } };
}

/** As somebody would who looks at the dead letters. */
async function ignoreMalformed(): Promise<void> {
  const path = `/_index_template/${streamOf(namespace)}`;
  const answer = (await ask(url, 'GET', path)) as { index_templates: { index_template: Template }[] };
  const found = answer.index_templates[0]?.index_template;
  if (found === undefined) throw new Error('no template');
  const { index } = found.template.settings;
  const settings = { index: { ...index, mapping: { ...index.mapping, ignore_malformed: true } } };
  await ask(url, 'PUT', path, { ...found, template: { ...found.template, settings } });
}

/** So many that a machine with much to do looks again before all are stored. */
const MANY = 20_000;

it('stores each record of a spool once, killed in the middle and with a rollover before it starts anew', async () => {
  const config = writeConfig('limits: {batchRecordsMax: 100, inFlightMax: 2}\n');
  const writer = await SpoolWriter.open({ directory: join(directory, 'spool') });
  for (const each of records(MANY)) writer.append(each);
  await writer.close();
  const first = ship('-c', config);
  await expect.poll(stored, { timeout: 60_000 }).toBeGreaterThan(500);
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await stored()).toBeLessThan(MANY);
  await rollover(url, namespace);
  const second = await run('-c', config, '--once');
  expect(second.status, second.errors).toBe(0);
  expect(await count(url, namespace)).toEqual({ documents: MANY, distinct: MANY, indices: 2 });
});

it('ends in order on SIGTERM, and the next one need not ask what is there', async () => {
  const config = writeConfig();
  const writer = await SpoolWriter.open({ directory: join(directory, 'spool') });
  for (const each of records(50)) writer.append(each);
  const running = ship('-c', config);
  await expect
    .poll(
      () =>
        count(url, namespace).then(
          ({ documents }) => documents,
          () => 0,
        ),
      { timeout: 60_000 },
    )
    .toBe(50);
  running.kill('SIGTERM');
  const [status] = (await once(running, 'exit')) as [number | null];
  expect(status).toBe(0);
  expect(readdirSync(join(directory, 'state'))).toContain('clean.json');
  for (const each of records(50, 50)) writer.append(each);
  await writer.close();
  const next = await run('-c', config, '--once');
  expect(next.status, next.errors).toBe(0);
  expect(await count(url, namespace)).toMatchObject({ documents: 100, distinct: 100 });
});

it('puts what is refused aside, lists it, sends it again and drops it', async () => {
  const config = writeConfig();
  const writer = await SpoolWriter.open({ directory: join(directory, 'spool') });
  for (const each of [...records(10), record(10, { source: { ip: 'no \u001b[31m address' } }), record(11)]) {
    writer.append(each);
  }
  await writer.close();
  expect((await run('-c', config, '--once')).status).toBe(0);
  expect(await count(url, namespace)).toMatchObject({ documents: 11, distinct: 11 });

  const listed = await run('dead', 'list', '-c', config);
  expect(listed.output).toContain('document_parsing_exception');
  expect(listed.output).not.toContain('\u001b');
  const asJson = JSON.parse((await run('dead', 'list', '-c', config, '--json')).output) as object;
  expect(asJson).toMatchObject({ sink: 'elasticsearch', record: { id: record(10).id } });
  expect(await run('dead', 'retry', '-c', config)).toMatchObject({
    status: 1,
    output: 'elasticsearch: 0 stored, 1 left\n',
  });

  // Somebody mends the mapping: what is malformed is ignored from the next index on.
  await ignoreMalformed();
  await rollover(url, namespace);
  expect(await run('dead', 'retry', '-c', config)).toMatchObject({
    status: 0,
    output: 'elasticsearch: 1 stored, 0 left\n',
  });
  expect(await count(url, namespace)).toMatchObject({ documents: 12, distinct: 12 });
  expect((await run('dead', 'list', '-c', config)).output).toBe('');
});

it('says where a configuration is wrong', async () => {
  const path = join(directory, 'ship.yaml');
  writeFileSync(
    path,
    'spools: [spool]\nstate: state\nsinks:\n  - type: elasticsearch\n    nodes: [nowhere]\n',
  );
  const ended = await run('-c', path, '--check');
  expect(ended.status).toBe(1);
  expect(ended.errors).toContain(
    `${path}:5:13: sinks.0.nodes.0: an http:// or https:// address [SHIP_CONFIG_INVALID]`,
  );
});

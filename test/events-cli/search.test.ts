/** `sluice events search`, `export` and `show`. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runExport } from '../../packages/cli/src/events/export.ts';
import { runSearch, type SearchFlags } from '../../packages/cli/src/events/search.ts';
import { runShow } from '../../packages/cli/src/events/show.ts';
import { type EventParts, EXPORT, SEARCH, SELECT, speaking, storeWith } from './support.ts';

const EVENTS: readonly EventParts[] = [
  { id: 'a', ago: 3_000, outcome: 'allowed' },
  { id: 'b', ago: 2_000, outcome: 'would block' },
  { id: 'c', ago: 1_000 },
];

const folder = mkdtempSync(join(tmpdir(), 'sluice-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function search(query: string, flags: Partial<SearchFlags> = {}, columns?: number) {
  const spoken = speaking(await storeWith(EVENTS), columns);
  const status = await runSearch(query, { ...SEARCH, ...flags }, spoken);
  return { status, out: spoken.out(), err: spoken.err() };
}

describe('search', () => {
  it('shows events in a table, newest first, by the query that Calico has', async () => {
    const { status, out } = await search('"rule_info" IN {"*942100*"} AND "event.action" = "deny"');
    expect(status).toBe(0);
    const [head = '', ...lines] = out.trimEnd().split('\n');
    expect(head).toMatch(/^TIME +OUTCOME +SCORE +CLIENT +POLICY +RULES +ID +REQUEST$/);
    expect(lines).toEqual([
      expect.stringMatching(
        /^2026-11-23T11:59:59.000Z {2}blocked +5\/5 +203.0.113.7 +shop +942100 +c +GET shop.example\/search\?q=1$/,
      ),
      expect.stringMatching(/^2026-11-23T11:59:58.000Z {2}would block +5\/5 .* b +GET/),
    ]);
  });

  it('prints one JSON object', async () => {
    const { status, out } = await search('', { json: true });
    const { documents, cursor } = JSON.parse(out);
    expect(documents.map((each: { readonly event: object }) => each.event)).toMatchObject([
      { id: 'c' },
      { id: 'b' },
      { id: 'a' },
    ]);
    expect([status, cursor]).toEqual([0, null]);
  });

  it('pages, says how to go on, and goes on', async () => {
    const first = await search('', { size: '2', json: true });
    const { documents, cursor } = JSON.parse(first.out);
    expect(documents).toHaveLength(2);
    const second = await search('', { size: '2', json: true, cursor });
    expect(JSON.parse(second.out)).toMatchObject({ documents: [{ event: { id: 'a' } }], cursor: null });
    const table = await search('', { size: '2' });
    expect(table.err).toBe(`there is more: --cursor ${cursor}, or --all\n`);
    const all = await search('', { all: true });
    expect([all.out.split('\n').length, all.err]).toEqual([5, '']);
  });

  it('sorts', async () => {
    const ids = async (sort: string): Promise<readonly string[]> =>
      JSON.parse((await search('', { sort, json: true })).out).documents.map(
        (each: { readonly event: { readonly id: string } }) => each.event.id,
      );
    expect(await ids('@timestamp:asc')).toEqual(['a', 'b', 'c']);
    expect(await ids('event.id:desc')).toEqual(['c', 'b', 'a']);
    await expect(ids('waf.rule.id')).rejects.toThrow(/waf\.rule\.id.*QUERY_FIELD/);
  });

  it('takes times, which are before now or ISO', async () => {
    expect((await search('', { from: '-2s' })).out.split('\n')).toHaveLength(4);
    expect((await search('', { to: '2026-11-23T11:59:58Z' })).out).toContain('a  ');
    await expect(search('', { from: 'now', to: '-1d' })).rejects.toThrow('--from: it is not before --to');
    await expect(search('', { from: 'yesterday' })).rejects.toThrow(/--from: yesterday is no time/);
  });

  it('ends with 4 where nothing is found', async () => {
    expect(await search('"source.ip" = "192.0.2.1"')).toEqual({ status: 4, out: '', err: 'nothing found\n' });
    const { status, out } = await search('"source.ip" = "192.0.2.1"', { json: true });
    expect([status, JSON.parse(out)]).toEqual([4, { documents: [], cursor: null }]);
  });

  it('points at the fault of a query', async () => {
    await expect(search('"waf.polcy" = "shop"')).rejects.toThrow(
      /column 1: .*waf\.policy[\s\S]*\n"waf\.polcy" = "shop"\n\^{11} \[QUERY_SYNTAX\]/,
    );
  });

  it.each<[Partial<SearchFlags>, RegExp]>([
    [{ size: '0' }, /--size: 0 is no number from 1/],
    [{ size: '1e3' }, /--size/],
    [{ dataSet: 'dns' }, /--data-set: one of waf, l7/],
  ])('refuses %j', async (flags, words) => {
    await expect(search('', flags)).rejects.toThrow(words);
  });

  it('has colours and cuts lines for a terminal only', async () => {
    for (const columns of [80, 100, 130, 200]) {
      const { out } = await search('', {}, columns);
      expect(out).toContain('\x1b[31mblocked');
      expect(out).toContain('GET shop.e');
      for (const line of out.replaceAll(/\x1b\[\d+m/g, '').split('\n')) {
        expect(line.length).toBeLessThanOrEqual(columns);
      }
    }
    expect((await search('')).out).not.toContain('\x1b');
  });

  it('says which store it asks', async () => {
    const { err } = await search('', { verbose: true });
    expect(err).toBe('asking sqlite:/nowhere/events.db\n');
    const spoken = speaking(await storeWith(EVENTS));
    await runSearch(
      '',
      { ...SEARCH, store: 'elasticsearch:http://elastic:secret@es:9200', verbose: true },
      spoken,
    );
    expect(spoken.err()).toBe('asking elasticsearch:http://elastic:…@es:9200\n');
    expect(spoken.opened).toEqual([{ kind: 'elasticsearch', url: 'http://elastic:secret@es:9200' }]);
  });
});

describe('export', () => {
  it('writes a line of JSON for each, oldest first', async () => {
    const spoken = speaking(await storeWith(EVENTS));
    expect(await runExport('', EXPORT, spoken)).toBe(0);
    const lines = spoken
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).event.id);
    expect(lines).toEqual(['a', 'b', 'c']);
  });

  it('writes to a file of its own, and never over another', async () => {
    const output = join(folder, 'events.ndjson');
    const spoken = speaking(await storeWith(EVENTS));
    await runExport('"event.type" = "denied"', { ...EXPORT, output, verbose: true }, spoken);
    expect(JSON.parse(readFileSync(output, 'utf8')).event.id).toBe('c');
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(spoken.err()).toContain('1 written');
    await expect(runExport('', { ...EXPORT, output }, spoken)).rejects.toThrow(/--output: EEXIST/);
  });

  it("writes ModSecurity's audit logs, of events only", async () => {
    const write = async (format: string): Promise<string> => {
      const spoken = speaking(await storeWith(EVENTS));
      await runExport('"event.type" = "denied"', { ...EXPORT, format }, spoken);
      return spoken.out();
    };
    expect(JSON.parse(await write('modsecurity'))).toMatchObject({
      transaction: { client_ip: '203.0.113.7' },
    });
    expect(JSON.parse(await write('coraza'))).toMatchObject({ transaction: { client_ip: '203.0.113.7' } });
    expect(await write('modsecurity-native')).toMatch(/^--\w+-A--\n[\s\S]*-Z--\n/);
    await expect(write('xml')).rejects.toThrow(/--format: one of ndjson, /);
    const spoken = speaking(await storeWith([]));
    const ofAll = runExport('', { ...EXPORT, dataSet: 'l7', format: 'coraza' }, spoken);
    await expect(ofAll).rejects.toThrow('ModSecurity has audit logs of events only');
  });

  it('ends with 4 where there is nothing', async () => {
    expect(await runExport('', EXPORT, speaking(await storeWith([])))).toBe(4);
  });
});

describe('show', () => {
  it('has every field on a line, by the id of the event or of the request', async () => {
    for (const id of ['c', 'request-c']) {
      const spoken = speaking(await storeWith(EVENTS));
      expect(await runShow(id, SELECT, spoken)).toBe(0);
      expect(spoken.out()).toMatch(/^event\.type\[0\] +denied$/m);
      expect(spoken.out()).toMatch(/^waf\.rules\[0\]\.targets\[0\]\.value +' UNION$/m);
      expect(spoken.out()).toMatch(/^waf\.scores\.blocking_inbound_anomaly_score +5$/m);
    }
  });

  it('has the document as JSON', async () => {
    const spoken = speaking(await storeWith(EVENTS));
    await runShow('c', { ...SELECT, json: true }, spoken);
    expect(JSON.parse(spoken.out())).toMatchObject({ event: { id: 'c' } });
  });

  it('ends with 4 where there is none', async () => {
    const spoken = speaking(await storeWith(EVENTS));
    expect(await runShow('z\x1b', SELECT, spoken)).toBe(4);
    expect(spoken.err()).toBe('sqlite:/nowhere/events.db has no event z\\x1b\n');
  });
});

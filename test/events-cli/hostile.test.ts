/** What attackers put into events never reaches a terminal as a command to it, whatever shows it. */
import type { Document, Json } from '@sluice/spool';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runExplain } from '../../packages/cli/src/events/explain.ts';
import { FORMAT_NAMES, runExport } from '../../packages/cli/src/events/export.ts';
import { runSearch } from '../../packages/cli/src/events/search.ts';
import { runShow } from '../../packages/cli/src/events/show.ts';
import { runStats } from '../../packages/cli/src/events/stats.ts';
import { runTail } from '../../packages/cli/src/events/tail.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { EXPORT, event, record, rule, SEARCH, SELECT, type Spoken, speaking } from './support.ts';

/** ANSI sequences in both of their forms, a title, a bidirectional override and isolate, a joiner, line ends. */
const SEEDS = [
  '\x1b[2J',
  '\x9b31m',
  '\x1b]0;title\x07',
  '\u202e',
  '\u2066',
  '\u200d',
  '\r\n',
  '\u2028',
  '\u0000',
  '\ud800',
];

const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...SEEDS), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 6 })
  .map((parts) => `x${parts.join('')}`);

/** Texts that stores compare as what they are, and those that an attacker has no hand in. */
const KEPT = new Set(['@timestamp', 'id', 'ip', 'type', 'action', 'outcome', 'dataset', 'mode']);

/** Every text of the document but those, one after the other. */
function poison(value: Json, name: string, next: () => string): Json {
  if (typeof value === 'string') return KEPT.has(name) ? value : next();
  if (Array.isArray(value)) return value.map((each: Json) => poison(each, name, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, poison(child as Json, key, next)]),
  );
}

/** Line ends and, for a terminal, the colours of ours. */
const OURS = /\n|\x1b\[(?:[12]|7|22|27|3[123]|39)m/g;

async function everything(document: Document, columns: number | undefined): Promise<Spoken> {
  const store = new MemoryStore();
  const [outcome] = await store.append([record(document, 'id')]);
  expect(outcome).toEqual({ kind: 'stored' });
  const spoken = speaking(store, columns);
  for (const json of [{}, { json: true }] as const) {
    expect(await runSearch('', { ...SEARCH, ...json }, spoken)).toBe(0);
    expect(await runShow('id', { ...SELECT, ...json }, spoken)).toBe(0);
    expect(await runExplain('id', json, spoken)).toBe(0);
    expect(await runExplain('id', { ...json, verbose: true }, spoken)).toBe(0);
    expect(await runStats('', { ...SELECT, top: '10', ...json }, spoken)).toBe(0);
    const over = new AbortController();
    const write = (text: string): void => {
      over.abort();
      spoken.stdout.write(text);
    };
    const stdout = { ...spoken.stdout, write };
    const timing = { signal: over.signal, pollMillis: 1, awayMillisMax: 1 };
    await runTail('', { ...SELECT, lines: '10', ...json }, { ...spoken, stdout, ...timing });
  }
  for (const format of FORMAT_NAMES) expect(await runExport('', { ...EXPORT, format }, spoken)).toBe(0);
  return spoken;
}

it('shows hostile texts, and obeys none', async () => {
  const rules = [rule('942100', 5, { tags: ['attack'] }), rule('949110', 0)];
  const waf = { coverage: { request_bytes_seen: 1, skipped: ['request_body: upgrade'] }, cause: 'cause' };
  const clean = event({ id: 'id', rules, waf: { ...waf, destination: { owner: 'Deployment/shop' } } });
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostileText, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (texts, isTerminal) => {
        let at = 0;
        const document = poison(clean, '', () => texts[at++ % texts.length] ?? '') as Document;
        const spoken = await everything(document, isTerminal ? 100 : undefined);
        const told =
          spoken.out().replaceAll(isTerminal ? OURS : '\n', '') + spoken.err().replaceAll('\n', '');
        expect(told).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      },
    ),
    { numRuns: 60 },
  );
});

it('loses nothing of them in JSON', async () => {
  const document = event({ id: 'id', more: { method: SEEDS.slice(0, -1).join('') } });
  const store = new MemoryStore();
  await store.append([record(document, 'id')]);
  const spoken = speaking(store);
  await runSearch('', { ...SEARCH, json: true }, spoken);
  expect(JSON.parse(spoken.out()).documents[0]).toEqual(document);
});

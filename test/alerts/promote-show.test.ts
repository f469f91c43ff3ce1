/** `sluice promote WORKLOAD` on a terminal and as JSON. */
import { describe, expect, it } from 'vitest';
import { runShow } from '../../packages/cli/src/promote/show.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { event, record, rule, speaking } from '../events-cli/support.ts';

const ESCAPE = '\u001b';
const HOSTILE = `${ESCAPE}]0;owned${ESCAPE}\\ \u202e\r\nno attack`;

async function shopWith(users: number, value: string): Promise<MemoryStore> {
  const store = new MemoryStore();
  const records = Array.from({ length: users }, (_, at) => {
    const matched = rule('942100', 5, { targets: [{ variable: 'ARGS:q', value, score: 5 }], message: value });
    const document = event({
      ...{ id: `e${at}`, ago: 1_000 * (at + 1), outcome: 'would block', rules: [matched, rule('949110', 0)] },
      more: {
        source: { ip: `198.51.100.${at + 1}` },
        url: { path: '/search', original: '/search', domain: 'shop.example' },
      },
    });
    return record(document, `e${at}`);
  });
  await store.append(records);
  return store;
}

async function shown(store: MemoryStore, more: object = {}) {
  const spoken = speaking(store);
  const status = await runShow('shop', { since: '7d', ...more }, spoken);
  return { status, out: spoken.out(), err: spoken.err() };
}

describe('sluice promote', () => {
  it('shows groups with their judgement, exclusions and their SecLang', async () => {
    const { status, out } = await shown(await shopWith(10, "' UNION"));
    expect(status).toBe(0);
    expect(out).toMatch(/^10 requests that Block stops\n/);
    expect(out).toContain('942100 in ARGS:q at /search  10 requests, 10 sources');
    expect(out).toContain('false positive (+5): many users +2: 10 sources');
    expect(out).toContain("{rules: [942100], targets: ['ARGS:q'], paths: [/search]}");
    expect(out).toContain('ctl:ruleRemoveTargetById=942100;ARGS:q');
    expect(out).toContain('10 of 10 false positives pass, and none of what looks like an attack; 0 others');
  });

  it('shows what was sent, and obeys nothing of it', async () => {
    const store = await shopWith(6, HOSTILE);
    const { out } = await shown(store);
    expect(out).toContain('942100 in ARGS:q');
    const { out: json } = await shown(store, { json: true });
    for (const text of [out, json]) expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(JSON.parse(json).groups[0].examples[0].value).toBe(HOSTILE);
  });

  it('says where there is nothing, and takes no time that is none', async () => {
    const nothing = await shown(new MemoryStore());
    expect([nothing.status, nothing.out, nothing.err]).toEqual([
      4,
      '',
      'nothing found that Block would have stopped\n',
    ]);
    await expect(shown(new MemoryStore(), { since: 'ages' })).rejects.toMatchObject({
      code: 'EVENTS_OPTION',
    });
  });

  it('leaves out what is older than is asked for', async () => {
    const { out } = await shown(await shopWith(20, 'x'), { since: '10s' });
    expect(out).toMatch(/^10 requests/);
  });
});

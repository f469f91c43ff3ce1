/** The demo's parts that need no process. */
import type { WafEvent } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { narrateEvent } from '../src/demo/narrate.ts';
import { paintFor, printable } from '../src/demo/paint.ts';
import { startShop } from '../src/demo/shop.ts';
import { faultsOf, type StoryResult } from '../src/demo/story.ts';

const STORY: StoryResult = {
  mode: 'Block',
  urls: {
    ...{ shop: 'http://localhost:1', protected: 'http://localhost:2' },
    ...{ console: 'http://127.0.0.1:7470/', hub: 'http://127.0.0.1:7480' },
  },
  setup: { seconds: null },
  startup: { millis: { store: 0, rules: 1, envoy: 1, total: 2 } },
  benign: { status: 200, path: '/', rows: [{}] },
  unprotected: { status: 200, path: '/', rows: [{}] },
  attack: {
    status: 403,
    path: '/',
    body: '',
    requestId: 'a',
    wouldBlock: true,
    rules: [942100, 949110],
    score: 5,
    threshold: 5,
    matches: [],
  },
  kept: { store: 'sqlite:/x', id: '1' },
  alert: {
    ...{ name: 'sqli-seen', state: 'firing', severity: 70, summary: 's', count: 1 },
    ...{ firedAt: '2026-01-01T00:00:00.000Z', event: '1', document: '2' },
  },
};

describe('a story', () => {
  const { benign, unprotected, attack } = STORY;
  it('is right in Block where the attack got 403, and in Detect where it got 200', () => {
    expect(faultsOf(STORY)).toEqual([]);
    expect(faultsOf({ ...STORY, mode: 'Detect', attack: { ...attack, status: 200 } })).toEqual([]);
  });
  it.each<[string, Partial<StoryResult>]>([
    ['the attack came through', { attack: { ...attack, status: 200 } }],
    ['Detect blocked', { mode: 'Detect' }],
    ['Sluice thought nothing of it', { attack: { ...attack, wouldBlock: false } }],
    ['the search was blocked', { benign: { ...benign, status: 403 } }],
    ['the search found nothing', { benign: { ...benign, rows: [] } }],
    ['the shop is not vulnerable', { unprotected: { ...unprotected, rows: [] } }],
  ])('is wrong where %s', (_, change) => {
    expect(faultsOf({ ...STORY, ...change })).toHaveLength(1);
  });
});

describe('words for a terminal', () => {
  it('are coloured for a terminal only', () => {
    expect(paintFor({ isTTY: true }, {})('x', 'red')).toBe('\x1b[31mx\x1b[0m');
    expect(paintFor({ isTTY: true }, { NO_COLOR: '1' })('x', 'red')).toBe('x');
    expect(paintFor({ isTTY: true }, { TERM: 'dumb' })('x', 'red')).toBe('x');
    expect(paintFor({}, {})('x', 'red')).toBe('x');
  });
  it('cannot be commands to it, whatever was attacked with', () => {
    expect(printable('a\x1b[2J\x07\x9bé\u202e')).toBe('a\\x1b[2J\\x07\\u{9b}é\\u{202e}');
    const event = {
      event: { type: ['denied'] },
      http: { request: { id: 'id', method: 'GET' } },
      url: { original: '/\x1b[2J' },
      waf: { would_block: true, scores: {}, rules: [{ id: '1', message: '\x1b', targets: [] }] },
    };
    expect(narrateEvent(event as unknown as WafEvent, (text) => text)).not.toContain('\x1b');
  });
});

describe('the shop', () => {
  it('really has the hole, in query and form, and tells what went wrong', async () => {
    const shop = await startShop(0);
    const url = `http://127.0.0.1:${shop.port}/search`;
    const theft = "zzz' UNION SELECT id, email, password_hash, 0 FROM users --";
    const stolen = await (await fetch(`${url}?q=${encodeURIComponent(theft)}`)).json();
    expect(stolen).toHaveLength(3);
    const posted = await fetch(url, { method: 'POST', body: new URLSearchParams({ q: theft }) });
    expect(await posted.json()).toEqual(stolen);
    expect((await fetch(`${url}?q='`)).status).toBe(500);
    expect((await fetch(`http://127.0.0.1:${shop.port}/other`)).status).toBe(404);
    await shop.close();
  });
});

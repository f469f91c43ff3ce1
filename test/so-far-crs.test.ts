/** Judging a form's field before it ends, by the CRS: attacks are found in it, and what is let pass in the end is not denied. */
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crsCorpus } from '../bench/peers/corpus.ts';
import { crsSources } from '../packages/cli/src/rules-test/rule-sources.ts';
import { cacheDirectory, crsDirectory } from '../packages/cli/src/setup/paths.ts';
import { Engine, overlayFor, type RuleSet, type Transaction } from '../packages/engine/src/index.ts';
import { attributesOf, PLAIN_MESSAGE } from './agreement/message.ts';
import { payloadsOf } from './agreement/payloads.ts';

const HEAD = '--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n';
const END = '\r\n--b--\r\n';
/** Of all payloads, one in so many. */
const ONE_IN = 12;
/** Cuts of a body. */
const CUTS = 25;

const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
const base = engine.loadRules(
  crsSources(crsDirectory(), 4).map(({ name, text, directory }) => ({
    path: resolve(directory, name),
    text,
  })),
);
const atLevel = (paranoia: number): RuleSet =>
  engine.ruleSet(base, overlayFor({ name: 'form', mode: 'Block', paranoia }));

const PAYLOADS = payloadsOf(crsCorpus())
  .filter((_, index) => index % ONE_IN === 0)
  .map((payload) => payload.replaceAll('\r\n--', ''));

const PROSE: readonly string[] = [
  'Dear all,\r\n\r\nI\'d like the "large" one (size 42) - if you have it; else the small one.\r\nThanks & regards',
  'Überraschung für 5 €: schönes Wetter – und Tee. Ça va? 日本語のテキスト',
  'See https://shop.example/item?id=12&ref=mail for more.',
];

function begin(ruleSet: RuleSet, body: string): Transaction {
  const headers = [
    ['Host', 'shop.example'],
    ['User-Agent', 'Mozilla/5.0'],
    ['Accept', '*/*'],
    ['Content-Type', 'multipart/form-data; boundary=b'],
  ] as const;
  const message = { ...PLAIN_MESSAGE, method: 'POST', headers };
  const transaction = engine.transaction(ruleSet, attributesOf(message, 'form'));
  transaction.requestHeaders();
  transaction.requestBody(Buffer.from(body, 'latin1'));
  return transaction;
}

const atEnd = (ruleSet: RuleSet, body: string): string => begin(ruleSet, body).requestEnd().kind;

/** At how many of a body's cuts it is not let on. */
function stopped(ruleSet: RuleSet, body: string, step: number): { asked: number; denied: number } {
  let [asked, denied] = [0, 0];
  for (let cut = 1; cut < body.length; cut += step, asked++) {
    if (begin(ruleSet, body.slice(0, cut)).judgeSoFar().kind !== 'allow') denied++;
  }
  return { asked, denied };
}

describe('a field of a form that goes on', () => {
  it('is denied for what it would be denied for at its end', () => {
    const ruleSet = atLevel(1);
    const attacks = PAYLOADS.filter((payload) => atEnd(ruleSet, HEAD + payload + END) === 'deny');
    const found = attacks.filter((payload) => begin(ruleSet, HEAD + payload).judgeSoFar().kind === 'deny');
    expect(attacks.length).toBeGreaterThan(100);
    expect(found.length / attacks.length).toBeGreaterThan(0.95);
  });

  it('is not denied for where it is cut: prose, at every place', () => {
    for (const level of [1, 2, 3]) {
      const ruleSet = atLevel(level);
      for (const text of PROSE) {
        const body = HEAD + Buffer.from(text, 'utf8').toString('latin1') + END;
        if (atEnd(ruleSet, body) !== 'allow') continue;
        expect(stopped(ruleSet, body, 1), `${level}: ${text}`).toMatchObject({ denied: 0 });
      }
    }
    expect(PROSE.filter((text) => atEnd(atLevel(1), HEAD + text + END) === 'allow')).not.toEqual([]);
  });

  it('is not denied for where it is cut: texts that look like attacks and are let pass, but for a few', () => {
    const ruleSet = atLevel(1);
    let [asked, denied] = [0, 0];
    for (const payload of PAYLOADS) {
      const body = HEAD + payload + END;
      if (atEnd(ruleSet, body) !== 'allow') continue;
      const one = stopped(ruleSet, body, Math.max(1, Math.floor(body.length / CUTS)));
      asked += one.asked;
      denied += one.denied;
    }
    expect(asked).toBeGreaterThan(1_000);
    expect(denied / asked).toBeLessThan(0.001);
  });
});

import { expect, it } from 'vitest';
import { eventsDocument, readEventsDocument } from '../scripts/events-doc.ts';
import { sampleEvent } from '../scripts/events-sample.ts';

it('docs/events.md has the example and the fields: run node scripts/events-doc.ts', () => {
  const page = readEventsDocument();
  expect(page).toBe(eventsDocument(page));
  expect(page).toContain('| `waf.rules.score` | long, several | sluice |');
});

it('shows an attack whose secret is masked', () => {
  const event = sampleEvent();
  expect(event.rule).toEqual({ id: '949110', ruleset: 'OWASP_CRS', version: '4.25.0' });
  expect(event.waf.rules.map(({ id, score }) => [id, score])).toEqual([
    ['942100', 5],
    ['949110', 0],
  ]);
  expect(JSON.stringify(event)).not.toContain('9f8a7b6c');
  expect(event.rule_info).toContain("ID:'942100'");
});

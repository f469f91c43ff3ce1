import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockPage, escapeHtml } from '../src/block-page.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('blockPage', () => {
  it.each([
    ['a browser', BROWSER, 'text/html; charset=utf-8'],
    ['capital letters', 'TEXT/HTML', 'text/html; charset=utf-8'],
    ['JSON', 'application/json', 'application/json'],
    ['a JSON dialect before HTML', 'application/problem+json, text/html', 'application/json'],
    ['HTML before JSON', 'text/html, application/json', 'text/html; charset=utf-8'],
    ['anything', '*/*', 'application/json'],
    ['nothing', '', 'application/json'],
    ['HTML after a kilobyte of other things', `${'x'.repeat(1_024)}text/html`, 'application/json'],
  ])('answers %s', (_, accept, contentType) => {
    expect(blockPage(accept, 'id-1').contentType).toBe(contentType);
  });

  it('gives the request id, and nothing else that varies', () => {
    expect(JSON.parse(blockPage('', 'id-1').body)).toEqual({ error: 'blocked', request_id: 'id-1' });
    const html = blockPage(BROWSER, 'id-1').body;
    expect(html).toContain('<code>id-1</code>');
    expect(blockPage(BROWSER, 'id-2').body).toBe(html.replace('id-1', 'id-2'));
  });

  it('escapes whatever comes into the page', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/);
      }),
    );
    expect(blockPage(BROWSER, '<script>&"\'').body).toContain('&lt;script&gt;&amp;&quot;&#39;');
  });

  const own = (...types: readonly string[]) => ({
    status: null,
    bodies: types.map((contentType) => ({ contentType, pieces: ['<', '>'] })),
    headers: [['x-help', ['see ', '']] as const],
  });

  it.each([
    ['what is asked for', 'application/json', 'application/json'],
    ['what is asked for first', 'text/plain, text/html', 'text/plain'],
    ['the last where none is asked for', 'image/png', 'text/plain'],
  ])("gives of a policy's own bodies %s", (_, accept, contentType) => {
    const page = blockPage(accept, 'id-1', own('text/html', 'application/json', 'text/plain'));
    expect(page).toEqual({ contentType, body: '<id-1>', headers: [['x-help', 'see id-1']] });
  });

  it('escapes the request id as the content type has it, and in headers', () => {
    const hostile = `<a b="c">'\r\nx`;
    const page = (type: string) => blockPage('', hostile, own(type));
    expect(page('text/html').body).toBe(`<${escapeHtml(hostile)}>`);
    expect(page('application/problem+json').body).toBe('<<a b=\\"c\\">\'\\r\\nx>');
    expect(page('text/plain').body).toBe(`<<ab="c">'x>`);
    expect(page('text/plain').headers).toEqual([['x-help', `see <ab="c">'x`]]);
  });

  it('looks at hostile Accept headers in linear time', () => {
    for (const accept of ['application/'.repeat(100_000), 'application/a+'.repeat(100_000)]) {
      expect(blockPage(accept, 'id').contentType).toBe('application/json');
    }
  });
});

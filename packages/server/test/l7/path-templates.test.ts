import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { L7_LIMITS } from '../../src/l7/limits.ts';
import { OTHER_TEMPLATE, PathTemplates, RememberedPaths } from '../../src/l7/path-templates.ts';

const fresh = (templatesMax = 512): PathTemplates => new PathTemplates(templatesMax, new RememberedPaths());
const templateOf = (path: string): string => fresh().templateOf(path, true).text;

describe('a path template', () => {
  it.each([
    ['/', '/'],
    ['', '/'],
    ['//', '/'],
    ['/users/17', '/users/{id}'],
    ['/users/17/', '/users/{id}'],
    ['/users/17/orders/4111-1111-1111-1111', '/users/{id}/orders/{id}'],
    ['/v2/oauth2/es2015', '/v2/oauth2/es2015'],
    ['/items/3f2504e0-4f89-11d3-9a0c-0305e82c3301', '/items/{id}'],
    ['/items/3F2504E0-4F89-11D3-9A0C-0305E82C3301', '/items/{id}'],
    ['/commit/deadbeef', '/commit/{id}'],
    ['/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/commit/{id}'],
    ['/tx/0x9f86d081884c7d65', '/tx/{id}'],
    ['/docs/507f1f77bcf86cd799439011', '/docs/{id}'],
    ['/docs/01ARZ3NDEKTSV4RRFFQ69G5FAV', '/docs/{id}'],
    ['/pay/cus_NffrFeUfNV2Hib', '/pay/{id}'],
    ['/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P', '/x/{id}'],
    ['/x/dGhpcyBpcyBhIHNlY3JldA==', '/x/{…}'],
    ['/x/QUtJQUlPU0ZPRE5ON0VYQU1QTEU', '/x/{id}'],
    ['/x/aGVsbG9Xb3JsZEhlbGxvV29ybGRCeWU', '/x/{id}'],
    ['/report/2026-11-23', '/report/{date}'],
    ['/report/2026-11-23T07:15:00Z', '/report/{date}'],
    ['/2026/11/23', '/{id}/{id}/{id}'],
    ['/mail/jane.doe@example.com', '/mail/{email}'],
    ['/mail/jane%40example.com/x', '/mail/{email}/x'],
    ['/npm/@scope/jane@home/a@b@c.d', '/npm/@scope/{…}/{…}'],
    [`/${'jane.doe.'.repeat(10)}@example.com`, '/{id}'],
    [`/${'%40.'.repeat(100)}`, '/{id}'],
    ['/app/bundle-3f9a8b7c.js', '/app/{id}'],
    ['/app/jquery.min.js', '/app/jquery.min.js'],
    ['/getCustomerAccountDetailsById', '/getCustomerAccountDetailsById'],
    ['/how-to-fold-a-path', '/how-to-fold-a-path'],
    ['/caf%C3%A9', '/{…}'],
    ['/%3Cscript%3E', '/{…}'],
    ['/{id}/{other}', '/{…}/{…}'],
    [`/${'a'.repeat(65)}`, '/{id}'],
    ['/shop;jsessionid=1A2B3C/cart', '/shop/cart'],
    ['/reset-password/correct-horse', '/reset-password/{secret}'],
    ['/session/abcdef', '/session/{secret}'],
    ['/api/tokens/mine/more', '/api/tokens/{secret}/more'],
    [`/${'a/'.repeat(20)}`, `${'/a'.repeat(16)}/{…}`],
    [`/${'a'.repeat(5_000)}`, OTHER_TEMPLATE],
  ])('of %s is %s', (path, template) => {
    expect(templateOf(path)).toBe(template);
  });
});

const WORDS = ['users', 'orders', 'v1', 'items', 'search', 'static'];
const word = fc.constantFrom(...WORDS);
const id = fc.oneof(
  fc.nat().map(String),
  fc.uuid(),
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 8, maxLength: 40 })
    .map((digits) => digits.join('')),
);
/** Two paths of one shape: the same words, other ids. */
const twins = fc
  .array(
    fc.oneof(
      word.map((text) => [text, text] as const),
      fc.tuple(id, id),
    ),
    { maxLength: 8 },
  )
  .map((pairs) => [pairs.map(([one]) => `/${one}`).join(''), pairs.map(([, other]) => `/${other}`).join('')]);

describe('path templates', () => {
  it('are equal for paths of one shape', () => {
    const templates = fresh(100_000);
    fc.assert(
      fc.property(twins, ([one = '', other = '']) => {
        expect(templates.templateOf(one, true)).toBe(templates.templateOf(other, true));
      }),
    );
  });

  it('are bounded in number, whatever is asked for', () => {
    const hostile = fc.array(fc.oneof(word, id, fc.string(), fc.webSegment(), fc.emailAddress()), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(hostile, fc.boolean()), { maxLength: 200 }), (paths) => {
        const templates = fresh(32);
        const seen = new Set<string>();
        for (const [segments, teaches] of paths) {
          seen.add(templates.templateOf(`/${segments.join('/')}`, teaches).text);
          expect(templates.size).toBeLessThanOrEqual(32);
        }
        for (const text of seen)
          expect(text).toMatch(/^(?:\{other\}|\/(?:[A-Za-z0-9._~$@/-]|\{[a-z…]+\})*)$/);
      }),
    );
  });

  it('learn that a place has too many values, and keep those that many requests have', () => {
    const templates = fresh();
    const ask = (name: string): string => templates.templateOf(`/shops/${name}/menu`, true).text;
    for (let round = 0; round < 20; round++) ask('popular');
    for (let index = 0; index < L7_LIMITS.valuesMax + 10; index++) ask(nameOf(index));
    expect(ask('unheard')).toBe('/shops/{…}/menu');
    expect(ask(nameOf(0))).toBe('/shops/{…}/menu');
    expect(ask('popular')).toBe('/shops/popular/menu');
  });

  it('learn nothing from what is not there', () => {
    const templates = fresh();
    templates.templateOf('/cart', true);
    for (let index = 0; index < 1_000; index++) templates.templateOf(`/${nameOf(index)}`, false);
    expect(templates.templateOf('/admin/x', false).text).toBe('/{…}');
    expect(templates.templateOf('/cart', true).text).toBe('/cart');
    expect(templates.templateOf('/checkout', true).text).toBe('/checkout');
    expect(templates.size).toBe(3);
  });

  it('say the same of a path that is remembered as of a new one', () => {
    const remembered = new RememberedPaths();
    const templates = new PathTemplates(512, remembered);
    for (let index = 0; index < 3 * L7_LIMITS.rememberedPathsMax; index++) {
      expect(templates.templateOf(`/users/${index % 5_000}`, true).text).toBe('/users/{id}');
    }
    expect(templates.size).toBe(2);
  });
});

/** Words of letters alone, so that no form gives them away. */
const nameOf = (index: number): string =>
  `shop${[...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;

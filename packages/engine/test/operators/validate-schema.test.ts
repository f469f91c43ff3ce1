import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/bytes.ts';
import { EngineError } from '../../src/errors.ts';
import { Engine } from '../../src/index.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { overlayFor } from '../../src/link/overlay.ts';
import { compileJsonSchema } from '../../src/operators/json-schema.ts';
import { compilePattern } from '../../src/patterns/regex.ts';
import { JSON_TYPE, judge, PROCESSORS, refusalOf } from '../core/support.ts';

const compile = (schema: unknown) =>
  compileJsonSchema(
    'api.json',
    fromText(typeof schema === 'string' ? schema : JSON.stringify(schema)),
    (pattern) => compilePattern(pattern, DEFAULT_LIMITS),
  );
const faultOf = (schema: unknown, document: string): string | null => compile(schema)(fromText(document));

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

describe('a JSON Schema', () => {
  it.each([
    [{ type: 'object', required: ['a'] }, '{"a":1}', null],
    [{ type: 'object', required: ['a'] }, '{}', "must have required property 'a'"],
    [{ required: ['toString'] }, '{}', "must have required property 'toString'"],
    [{ properties: { a: { maxLength: 2 } } }, '{"a":"éé"}', null],
    [{ properties: { a: { maxLength: 2 } } }, '{"a":"ééé"}', '/a must NOT have more than 2 characters'],
    [{ $defs: { n: { type: 'integer' } }, items: { $ref: '#/$defs/n' } }, '[1,2.5]', '/1 must be integer'],
    [{ uniqueItems: true }, '[{"a":1,"b":2},{"b":2,"a":1.0}]', 'must pass "uniqueItems" keyword validation'],
    [{ uniqueItems: true }, '[1,"1",[1],{"1":1},null]', null],
    [{ prefixItems: [{ type: 'string' }], items: false }, '["a"]', null],
    [
      { $schema: DRAFT_07, items: [{ type: 'string' }], additionalItems: false },
      '["a",1]',
      'must NOT have more than 1 items',
    ],
    [
      { $schema: DRAFT_07, definitions: { s: { type: 'string' } }, $ref: '#/definitions/s' },
      '1',
      'must be string',
    ],
    [{ format: 'ipv4' }, '"no address"', null],
    [false, '1', 'boolean schema is false'],
  ])('%j says of %s: %s', (schema, document, fault) => {
    expect(faultOf(schema, document)).toBe(fault);
  });

  it.each([
    ['{"a":1,"a":2}', 'a key twice in one object'],
    ['{"a":{"b":1,"\\u0062":2}}', 'a key twice in one object'],
    ['{"a":', 'not JSON'],
    ['{} {}', 'not JSON'],
    [`${'['.repeat(501)}${']'.repeat(501)}`, 'nested deeper than 500'],
  ])('takes no text that may be read in two ways: %s', (document, fault) => {
    expect(faultOf(true, document)).toBe(fault);
  });

  it('takes no bytes that are not UTF-8', () => {
    expect(compile(true)('"\xff"')).toBe('not UTF-8');
  });

  it('takes equal keys of different objects, and braces within texts', () => {
    expect(faultOf(true, '[{"a":"{\\"a\\":1"},{"a":{"a":"]"}}]')).toBeNull();
  });

  it.each([
    ['{', '', 'not JSON'],
    ['[]', '', 'a schema is an object, true or false'],
    [{ $schema: 'http://json-schema.org/draft-04/schema#' }, '/$schema', 'draft-07'],
    [{ properties: { 'a/b': { type: 'strin' } } }, '/properties/a~1b/type', 'allowed values'],
    [{ properties: { a: { requird: ['b'] } } }, '/properties/a/requird', 'unknown keyword'],
    [{ items: { $ref: 'https://shop.example/x.json' } }, '/items/$ref', 'nothing outside of the file'],
    [{ items: { $ref: 'other.json#/a' } }, '/items/$ref', 'nothing outside of the file'],
    [{ items: { pattern: '(?=a)' } }, '/items/pattern', '(?= is not implemented'],
    [{ patternProperties: { '(a)\\1': true } }, '/patternProperties/(a)\\1', 'reference'],
  ])('is refused with a pointer: %j at %s', (schema, pointer, reason) => {
    const error = refusalOf(() => compile(schema));
    expect(error.code).toBe('SCHEMA_INVALID');
    expect(error.details).toMatchObject({ path: 'api.json', pointer });
    expect(error.rawMessage).toContain(reason);
  });

  it('bounds what alternatives of references multiply to', () => {
    const node = { properties: { k: { $ref: '#' } } };
    const check = compile({ oneOf: [node, { ...node, minProperties: 0 }, { not: node }] });
    const document = `${'{"k":'.repeat(60)}{}${'}'.repeat(60)}`;
    expect(() => check(document)).toThrow(expect.objectContaining({ code: 'MATCH_LIMIT' }));
    expect(() => check(document)).toThrow(EngineError);
    expect(check('{"k":{}}')).not.toBeUndefined();
  });

  it('follows a document as deep as it takes one', () => {
    const check = compile({ type: 'object', properties: { k: { $ref: '#' } }, additionalProperties: false });
    expect(check(`${'{"k":'.repeat(499)}{}${'}'.repeat(499)}`)).toBeNull();
    expect(check(`${'{"k":'.repeat(499)}{"x":1}${'}'.repeat(499)}`)).toContain(
      'must NOT have additional properties',
    );
  });
});

describe('@validateSchema', () => {
  const SCHEMA = JSON.stringify({ type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] });
  const engine = new Engine({
    cacheDirectory: null,
    files: {
      read: (path) => (path === '/rules/order.xsd' ? '<xs:schema/>' : SCHEMA),
      list: () => [],
      resolve: (_, path) => `/rules/${path}`,
    },
  });
  const ruleSet = (rules: string) =>
    engine.ruleSet(
      engine.loadRules([{ path: '/rules/a.conf', text: `${PROCESSORS}${rules}` }]),
      overlayFor({ name: 'test', mode: 'Block' }),
    );
  const RULE = `SecRule REQUEST_BODY "@validateSchema order.json" "id:1,phase:2,deny,capture,log,logdata:'%{TX.0}'"`;
  const ask = (rules: string, body: string | readonly string[], headers = JSON_TYPE) =>
    judge(ruleSet(rules), { method: 'POST', headers, body });

  it('judges the body that the JSON processor takes apart, and tells what is wrong', () => {
    expect(ask(RULE, '{"n":1}').verdict.kind).toBe('allow');
    const { verdict, result } = ask(RULE, ['{"n"', ':"1"}']);
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 1 });
    expect(result.matches.at(-1)).toMatchObject({ data: '/n must be integer' });
    expect(result.matches.at(-1)?.targets[0]?.label).toBe('REQUEST_BODY');
  });

  it('judges a body of any other type by its bytes, and none where there is none', () => {
    expect(ask(RULE, 'n=1', [['Content-Type', 'text/plain']]).verdict.kind).toBe('deny');
    expect(ask(RULE, '{"n":1}', [['Content-Type', 'text/plain']]).verdict.kind).toBe('allow');
    expect(ask(RULE, '').verdict.kind).toBe('allow');
  });

  it('leaves REQUEST_BODY empty for other rules', () => {
    const other = `SecRule REQUEST_BODY "@unconditionalMatch" "id:2,phase:2,pass,log"`;
    expect(ask(`${RULE}\n${other}`, '{"n":1}').ids).not.toContain(2);
  });

  it('judges values and responses, and can be negated', () => {
    const argument = `SecRule ARGS:json.doc "@validateSchema order.json" "id:1,phase:2,deny"`;
    expect(ask(argument, JSON.stringify({ doc: '{"n":1}' })).verdict.kind).toBe('allow');
    expect(ask(argument, JSON.stringify({ doc: '{}' })).verdict.kind).toBe('deny');
    expect(ask(RULE.replace('@', '!@'), '{"n":1}').verdict.kind).toBe('deny');
  });

  it('refuses an XML Schema with an alternative', () => {
    const error = refusalOf(() => ruleSet(RULE.replace('.json', '.xsd')));
    expect(error.code).toBe('SECLANG_UNSUPPORTED');
    expect(error.remedy).toContain('XML:');
  });
});

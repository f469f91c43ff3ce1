import { describe, expect, it } from 'vitest';
import { bodyProcessorFor } from '../../src/body/select.ts';
import { run } from './recorder.ts';

describe('bodyProcessorFor', () => {
  it.each([
    ['application/x-www-form-urlencoded', 'URLENCODED'],
    [' Application/X-WWW-Form-Urlencoded ; charset=utf-8', 'URLENCODED'],
    ['application/x-www-form-urlencodedx', null],
    ['multipart/form-data; boundary=x', 'MULTIPART'],
    ['MULTIPART/form-data', 'MULTIPART'],
    ['multipart/form-data boundary=x', 'MULTIPART'],
    ['multipart/related; boundary=x', null],
    ['application/json', null],
    ['text/xml', null],
    ['', null],
  ])('selects by %j', (contentType, expected) => {
    expect(bodyProcessorFor(contentType)).toBe(expected);
  });
});

it('takes a raw body without a word', () => {
  expect(run('RAW', 'anything \0 at all')).toEqual([]);
});

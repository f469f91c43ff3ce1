import { describe, expect, it } from 'vitest';
import { parseMultipartBoundary } from '../../src/body/multipart-boundary.ts';

describe('multipart boundaries', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc', []],
    ['Multipart/Form-Data;boundary=----=_Part_1.2', '----=_Part_1.2', []],
    ['multipart/form-data; charset=utf-8; boundary=abc', 'abc', []],
    ['multipart/form-data; boundary=abc; charset="utf-8"', 'abc', []],
    ['multipart/form-data; boundary=abc;', 'abc', []],
    ['multipart/related; boundary=abc', 'abc', []],
    ['multipart/form-data; boundary=----WebKitFormBoundaryAbC1', '----WebKitFormBoundaryAbC1', []],
    ['multipart/form-data; boundary=boundary', 'boundary', []],
    ['multipart/form-data; boundary="a b,c"', 'a b,c', ['BOUNDARY_QUOTED']],
    ['multipart/form-data; boundary =abc', 'abc', ['BOUNDARY_WHITESPACE']],
    ['multipart/form-data; boundary= abc', 'abc', ['BOUNDARY_WHITESPACE']],
    ['multipart/form-data; boundary=abc ', 'abc', ['BOUNDARY_WHITESPACE']],
    ['multipart/form-data boundary=abc', 'abc', ['MISSING_SEMICOLON']],
  ])('reads %s', (contentType, boundary, flags) => {
    expect(parseMultipartBoundary(contentType)).toEqual({ boundary, reason: '', flags });
  });

  it.each([
    'multipart/form-data',
    'multipart/form-data;',
    'multipart/form-data; boundary',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary="abc',
    'multipart/form-data; boundary=abc"',
    'multipart/form-data; boundary="abc"def',
    'multipart/form-data; boundary=a"b',
    'multipart/form-data; boundary=abc; boundary=abc',
    'multipart/form-data; boundary=abc; BOUNDARY=def',
    'multipart/form-data; x="boundary=a"; boundary=b',
    'multipart/form-data; boundary=boundary=abc',
    'multipart/form-data; boundary="x; boundary=abc"',
    'multipart/form-data; Boundary=abc',
    'multipart/form-data; boundary=a,b',
    'multipart/form-data; boundary=a b',
    'multipart/form-data; boundary="a\\"b"',
    'multipart/form-data; boundary="abc "',
    'multipart/form-data; boundary=a\0b',
    'multipart/form-data; boundary=\xe4',
    'multipart/form-data; charset; boundary=abc',
    'multipart/form-data, boundary=abc',
    'text/plain; boundary=abc',
    `multipart/form-data; boundary=${'a'.repeat(1_024)}`,
  ])('refuses %s', (contentType) => {
    const result = parseMultipartBoundary(contentType);
    expect(result.boundary).toBeNull();
    expect(result.reason).not.toBe('');
  });
});

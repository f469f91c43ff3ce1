/** Secrets, drawn at random: what needs a name beside it, and what is told by its form. */
import fc from 'fast-check';
import type { Write } from './places.ts';

const LETTERS = [...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'];
const letters = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...LETTERS), minLength, maxLength });

/** No part of it is in any other text, and none of it is a word of the form. */
export const password: fc.Arbitrary<string> = fc
  .tuple(letters(8, 40), fc.constantFrom('', '-', '.', '_', '!', '~'), letters(8, 40))
  .map(([one, mark, other]) => `1${one}${mark}${other}`);

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const token: fc.Arbitrary<string> = fc.oneof(
  letters(36, 36).map((text) => `ghp_${text}`),
  letters(40, 60).map((text) => `github_pat_${text}`),
  letters(16, 16).map((text) => `AKIA${text.toUpperCase()}`),
  letters(20, 40).map((text) => `xoxb-1234567890-${text}`),
  letters(24, 40).map((text) => `sk_live_${text}`),
  letters(20, 20).map((text) => `glpat-${text}`),
  fc
    .tuple(letters(8, 30), letters(30, 43))
    .map(([sub, signature]) => `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub })}.${signature}`),
  letters(20, 60).map((text) => `Bearer ${text}`),
  letters(20, 60).map((text) => `Basic ${Buffer.from(`me:${text}`).toString('base64')}`),
);

export const privateKey: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('RSA ', 'EC ', ''), fc.array(letters(64, 64), { minLength: 1, maxLength: 8 }))
  .map(
    ([kind, lines]) =>
      `-----BEGIN ${kind}PRIVATE KEY-----\n${lines.join('\n')}\n-----END ${kind}PRIVATE KEY-----`,
  );

const code = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');
const escapeAll = (text: string): string => [...text].map((char) => `%${code(char)}`).join('');

/** Writes for URLs: each character as it is, in an escape, or in an escape of an escape. */
export const urlWrite: fc.Arbitrary<Write> = fc
  .array(fc.constantFrom(0, 0, 1, 2), { minLength: 1, maxLength: 12 })
  .map(
    (depths) => (secret) =>
      [...secret].map((char, at) => written(char, depths[at % depths.length] ?? 0)).join(''),
  );

function written(char: string, depth: number): string {
  if (depth === 0) return /[A-Za-z0-9._~-]/.test(char) ? char : escapeAll(char);
  return depth === 1 ? escapeAll(char) : escapeAll(escapeAll(char));
}

/** Writes for strings of JSON. */
export const jsonWrite: fc.Arbitrary<Write> = fc
  .array(fc.boolean(), { minLength: 1, maxLength: 7 })
  .map(
    (escapes) => (secret) =>
      [...secret]
        .map((char, at) =>
          escapes[at % escapes.length] === true || /["\\\n]/.test(char) ? `\\u00${code(char)}` : char,
        )
        .join(''),
  );

/**
 * Readings that Sluice does not show as they are and accepts: each with its reason, and a body with which it still occurs.
 * docs/bodies.md tells of them.
 */
import { type Bypass, same, sameNumber } from './law.ts';
import { isMisread } from './misread-keys.ts';
import type { HostileBody } from './reader.ts';
import type { SluiceReading } from './sluice.ts';

export interface Accepted {
  /** For messages: "semicolons". */
  readonly name: string;
  readonly because: string;
  /** Whether it explains what a reader sees and Sluice does not show. */
  explains(bypass: Bypass, sluice: SluiceReading, body: HostileBody): boolean;
  readonly example: HostileBody;
}

const form = (body: string): HostileBody => ({
  format: 'urlencoded',
  contentType: 'application/x-www-form-urlencoded',
  body,
});

/** A form of one part. */
const part = (headers: readonly string[], content: string): HostileBody => ({
  format: 'multipart',
  contentType: 'multipart/form-data; boundary=BND',
  body: ['--BND', ...headers, '', content, '--BND--', ''].join('\r\n'),
});

const disposition = (parameters: string): string => `Content-Disposition: form-data; ${parameters}`;

/** What undici makes of a name, WHATWG's escapes of forms. */
const unescaped = (name: string): string =>
  name.replace(/%(?:22|0D|0A)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));

export const ACCEPTED: readonly Accepted[] = [
  {
    name: 'semicolons',
    because:
      'Servers of before 2021 take a semicolon for a separator of forms. What they read stands in a value or a name that is ' +
      'shown, decoded in the same way; refusing semicolons would block clients that do not escape them.',
    explains: ({ reader, name, value }, { args }) =>
      reader === 'python-form-semicolon' &&
      [name, value].every((text) =>
        args.some(([ourName, ours]) => ourName.includes(text) || ours.includes(text)),
      ),
    example: form('a=1;b=2'),
  },
  {
    name: 'question mark',
    because:
      'URLSearchParams leaves out one question mark before the first name. The name is shown with it: nothing of it is hidden, ' +
      'and no policy leaves out an argument of such a name.',
    explains: ({ reader, name, value }, { args }) => {
      const [first] = args;
      return (
        (reader === 'fetch' || reader === 'url-search-params') &&
        first !== undefined &&
        same(first[0], `?${name}`) &&
        same(first[1], value)
      );
    },
    example: form('?a=1'),
  },
  {
    name: 'escapes of browsers',
    because:
      'Browsers write a quote and line breaks in names as %22, %0D and %0A, and undici undoes that. All other bytes are shown, ' +
      'and rules decode such escapes.',
    explains: ({ reader, kind, name, value }, { args, files }) =>
      reader === 'fetch' &&
      (kind === 'field'
        ? args.some(([ourName, ours]) => same(unescaped(ourName), name) && same(ours, value))
        : files.some(([ourName, ours]) => same(unescaped(ourName), name) && same(unescaped(ours), value))),
    example: part([disposition('name="a%22b"')], 'v'),
  },
  {
    name: 'language of a file name',
    because:
      'undici takes the name to begin seven bytes behind "filename*=", whatever the language tag (RFC 8187). The bytes ' +
      'that it sees beside the name are the tag, of letters, digits and hyphens.',
    explains: ({ reader, kind, name, value }, { files }) =>
      reader === 'fetch' &&
      kind === 'file' &&
      files.some(
        ([ourName, ours]) =>
          same(ourName, name) &&
          value.endsWith(`'${ours}`) &&
          /^[A-Za-z0-9-]*$/.test(value.slice(0, -ours.length - 1)),
      ),
    example: part([disposition('name="a"; filename*=UTF-8\'en\'x.php')], 'v'),
  },
  {
    name: 'keys that V8 misreads',
    because:
      'JSON.parse of V8 takes a key with escapes for one of an earlier document that begins as it is written, with its ' +
      'backslash. The value is shown under the name that it has; what the workload reads depends on what it read before.',
    explains: ({ reader, kind, name, value }, { args }, { body }) =>
      reader === 'json-parse' &&
      kind === 'field' &&
      args.some(
        ([ourName, ours]) => (same(ours, value) || sameNumber(ours, value)) && isMisread(name, ourName, body),
      ),
    example: {
      format: 'json',
      contentType: 'application/json',
      body: '{"z":{"q":1,"\\\\":"v"},"y":{"q":1,"\\ud800":1e3}}',
    },
  },
];

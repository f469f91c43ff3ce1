/** What real servers read out of a body was inspected, or the body was refused. test/body-readers/law.ts has the law. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBytes } from '../packages/engine/src/bytes.ts';
import { ACCEPTED } from './body-readers/accepted.ts';
import { judge, tally } from './body-readers/check.ts';
import { FramedProcess } from './body-readers/framed-process.ts';
import { bypassesOf } from './body-readers/law.ts';
import { isMisread } from './body-readers/misread-keys.ts';
import { type OpenReaders, openReaders } from './body-readers/open.ts';
import { BODY_FORMATS, type HostileBody, type Reading } from './body-readers/reader.ts';
import { SluiceReader, type SluiceReading } from './body-readers/sluice.ts';
import { TRICKS } from './body-readers/tricks.ts';

const SEED = 1;
const BODIES = 2_000;
/** Go is fetched where it is missing, and compiles the reader. */
const OPEN_MILLIS = 600_000;

let readers: OpenReaders;
let sluice: SluiceReader;

beforeAll(async () => {
  readers = await openReaders();
  for (const line of readers.missing) process.stderr.write(`${line}\n`);
  sluice = new SluiceReader();
}, OPEN_MILLIS);

afterAll(async () => {
  await Promise.all(readers.hosts.map((host) => host.close()));
});

const MULTIPART = 'multipart/form-data; boundary=BND';
const PLAIN: readonly HostileBody[] = [
  {
    format: 'multipart',
    contentType: MULTIPART,
    body:
      '--BND\r\nContent-Disposition: form-data; name="a"\r\n\r\nv\xc3\xa9\r\n' +
      '--BND\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\n\r\n\r\n--BND--\r\n',
  },
  {
    format: 'urlencoded',
    contentType: 'application/x-www-form-urlencoded',
    body: 'a=v%C3%A9&b=&c=+d&a=2',
  },
  { format: 'json', contentType: 'application/json', body: '{"a":[1e2,{"b":"\\u00e9"}],"c":{},"d":null}' },
  { format: 'xml', contentType: 'text/xml', body: '<a b="c&lt;">d<!-- x -->e<f/><![CDATA[<]]></a>' },
];

describe('the readers', () => {
  it.each(PLAIN)('all read a plain body of $format, and as Sluice does', async (body) => {
    const { refused, read, findings } = await judge(readers, sluice, body);
    expect({ refused, read, findings }).toEqual({ refused: false, read: true, findings: [] });
    for (const { reader, fields, error } of (
      await Promise.all(readers.hosts.map((host) => host.read(body)))
    ).flat()) {
      expect({ reader, error, some: fields.length > 0 }).toEqual({ reader, error: null, some: true });
    }
  });

  it('that do not start fail with a reason', async () => {
    const missing = new FramedProcess('go', ['/nonexistent/readers']);
    await expect(missing.read(PLAIN[0] as HostileBody)).rejects.toMatchObject({ code: 'READER_FAILED' });
    await missing.close();
  });
});

describe('the law', () => {
  const body: HostileBody = { format: 'multipart', contentType: MULTIPART, body: '' };
  const shown: SluiceReading = {
    refusedBy: null,
    args: [['a', 'v']],
    files: [['f', 'd/x.txt', 3]],
    xml: ['pqr'],
  };
  const reading = (parts: Partial<Reading>): Reading[] => [
    { reader: 'r', fields: [], files: [], error: null, ...parts },
  ];

  it.each<[string, Partial<Reading>]>([
    ['another value', { fields: [['a', 'w']] }],
    ['a part of a value', { fields: [['a', '']] }],
    ['another name', { fields: [['b', 'v']] }],
    ['a field that is a file here', { fields: [['f', 'x.txt']] }],
    ['another file name', { files: [['f', 'x.php', 3]] }],
    ['the end of a file name', { files: [['f', 'txt', 3]] }],
    ['another size', { files: [['f', 'x.txt', 4]] }],
    ['a file that is a field here', { files: [['a', 'x', 1]] }],
  ])('calls %s a bypass', (_, parts) => {
    expect(bypassesOf(body, shown, reading(parts))).toHaveLength(1);
    expect(bypassesOf(body, { ...shown, refusedBy: 'rule' }, reading(parts))).toEqual([]);
  });

  it('takes other bytes beyond ASCII, and paths that were cut off, for the same', () => {
    const accented = { ...shown, args: [['a', 'v\xe9w']] } as const;
    const parts = { fields: [['a', 'v\xef\xbf\xbdw']], files: [['f', 'x.txt', 3]] } as const;
    expect(bypassesOf(body, accented, reading(parts))).toEqual([]);
    expect(bypassesOf(body, accented, reading({ fields: [['a', 'vw']] }))).toHaveLength(1);
  });

  it('looks for texts of XML inside of texts', () => {
    const xml = { ...body, format: 'xml' } as const;
    expect(bypassesOf(xml, shown, reading({ fields: [['', 'q']] }))).toEqual([]);
    expect(bypassesOf(xml, shown, reading({ fields: [['', 'pr']] }))).toHaveLength(1);
  });
});

describe('a key that V8 misreads', () => {
  const BODY = '{"a.b":["v"],"x\\u0062cd":{"\\ud800":"w"}}';

  it.each([
    ['json.x\\u0.\xef\xbf\xbd', 'one of two keys'],
    ['json.x\\u0.\\', 'two keys'],
    ['json.xbcd.\\', 'the inner key'],
  ])('is known by what is written of it: %s, %s', (name) => {
    expect(isMisread(name, 'json.xbcd.\xed\xa0\x80', BODY)).toBe(true);
  });

  it.each(['json.xbcd.\xef\xbf\xbd', 'json.x\\u0', 'json.x\\u00.\\', 'json.y', 'json.a\\b'])(
    'is not what else differs: %s',
    (name) => {
      expect(isMisread(name, 'json.xbcd.\xed\xa0\x80', BODY)).toBe(false);
    },
  );
});

describe('hostile bodies', () => {
  it.each(TRICKS)('$name: $outcome', async ({ outcome, body }) => {
    const { refused, read, findings } = await judge(readers, sluice, body);
    expect(findings).toEqual([]);
    expect(refused ? 'refused' : 'shown').toBe(outcome);
    if (!refused) expect(read).toBe(true);
  });

  it.each(BODY_FORMATS)('of %s are refused, or shown as every server reads them', async (format) => {
    const { bodies, refused, read, open } = await tally(readers, sluice, format, {
      seed: SEED,
      count: BODIES,
    });
    expect(open).toEqual([]);
    expect(bodies).toBe(BODIES);
    // A corpus that everybody refuses would say nothing.
    expect(read).toBeGreaterThan(BODIES / 10);
    expect(refused).toBeGreaterThan(BODIES / 10);
  });
});

describe('an accepted difference', () => {
  it.each(ACCEPTED)('still occurs: $name', async ({ name, because, example }) => {
    expect(because.length).toBeGreaterThan(80);
    const { findings } = await judge(readers, sluice, example);
    expect(findings.length).toBeGreaterThan(0);
    expect(new Set(findings.map(({ accepted }) => accepted))).toEqual(new Set([name]));
    expect(toBytes(example.body).length).toBe(example.body.length);
  });
});

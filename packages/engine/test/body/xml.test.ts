import { describe, expect, it } from 'vitest';
import { fromText } from '../../src/bytes.ts';
import { type Call, errorOf, run } from './recorder.ts';

const textsOf = (calls: readonly Call[]): unknown[] =>
  calls.filter(([kind]) => kind === 'xmlText').map(([, text]) => text);
const attributesOf = (calls: readonly Call[]): unknown[] =>
  calls.filter(([kind]) => kind === 'xmlAttribute').map(([, value]) => value);

describe('XML bodies', () => {
  it('gives text and attribute values in their order', () => {
    expect(run('XML', '<?xml version="1.0"?>\n<a x="1" y = \'2\'>t1<b z="3"/>t2<c>d</c></a>\n')).toEqual([
      ['xmlAttribute', '1'],
      ['xmlAttribute', '2'],
      ['xmlText', 't1'],
      ['xmlAttribute', '3'],
      ['xmlText', 't2'],
      ['xmlText', 'd'],
    ]);
  });

  it.each([
    ['<a>&lt;&gt;&amp;&quot;&apos;</a>', '<>&"\''],
    ['<a>&#60;&#x3C;&#xe4;&#128512;</a>', fromText('<<ä😀')],
    ['<a>un<![CDATA[ion <sel]]>ect</a>', 'union <select'],
    ['<a>un<!-- - -->ion<?pi x?> select</a>', 'union select'],
    ['<a><![CDATA[]]]]></a>', ']]'],
    ['<a>&custom;</a>', '&custom;'],
    ['<n:a xmlns:n="u">t</n:a>', 't'],
    ['<a>&#x00000000000041;</a>', 'A'],
    ['<a>&constructor;</a>', '&constructor;'],
  ])('decodes %s', (body, expected) => {
    const calls = run('XML', body);
    expect(errorOf(calls)).toBeNull();
    expect(textsOf(calls)).toEqual([expected]);
  });

  it('decodes attribute values and keeps namespace declarations among them', () => {
    expect(attributesOf(run('XML', '<a xmlns="urn:x" q="&lt;&#39;\'>" r=\'"\'/>'))).toEqual([
      'urn:x',
      "<''>",
      '"',
    ]);
  });

  it('leaves out text of blanks only and keeps blanks around other text', () => {
    expect(textsOf(run('XML', '<a>\n  <b> x </b>\t</a>'))).toEqual([' x ']);
  });

  it('keeps bytes that are not UTF-8', () => {
    const body = Buffer.concat([Buffer.from('<a>'), Buffer.of(0xff, 0xc0), Buffer.from('</a>')]);
    expect(textsOf(run('XML', body))).toEqual(['\xff\xc0']);
  });

  it('skips a UTF-8 byte order mark', () => {
    expect(run('XML', '\ufeff<?xml version="1.0" encoding="utf-8"?><a>t</a>')).toEqual([['xmlText', 't']]);
  });

  it('reads over a DOCTYPE, showing what its entities stand for and expanding none', () => {
    const body = `<!DOCTYPE a PUBLIC "-//>" 'x' [
      <!-- ]> ' --> <?pi ]> ?> <!ELEMENT a (#PCDATA)> <!ATTLIST a b CDATA "]>">
      <!ENTITY e "pay&#108;oad"> <!ENTITY f SYSTEM 'file:///etc/passwd'> %pe;
    ] ><a>&lt;</a>`;
    expect(run('XML', body)).toEqual([
      ['xmlAttribute', ']>'],
      ['xmlText', 'payload'],
      ['xmlText', 'file:///etc/passwd'],
      ['xmlText', '<'],
    ]);
  });

  it.each([
    ['text', '<a>x&e;</a>', ['xmlText', 'x&e;']],
    ['an attribute', '<a b="x&e;"/>', ['xmlAttribute', 'x&e;']],
  ])(
    'refuses a reference to an entity of the DOCTYPE in %s, and shows what it stands in',
    (_, root, shown) => {
      const calls = run('XML', `<!DOCTYPE a [<!ENTITY e "un">]>${root}`);
      expect(calls.slice(0, 2)).toEqual([['xmlText', 'un'], shown]);
      expect(errorOf(calls)?.message).toContain('a reference to an entity of the DOCTYPE');
    },
  );

  it('refuses such a reference in the default of an attribute', () => {
    const calls = run('XML', '<!DOCTYPE a [<!ENTITY e "un"><!ATTLIST a b CDATA "x&e;">]><a/>');
    expect(calls.slice(0, 2)).toEqual([
      ['xmlText', 'un'],
      ['xmlAttribute', 'x&e;'],
    ]);
    expect(errorOf(calls)).not.toBeNull();
  });

  it('leaves references without a DOCTYPE as they are', () => {
    expect(run('XML', '<a>x&nbsp;y</a>')).toEqual([['xmlText', 'x&nbsp;y']]);
  });

  it('does not expand entities of entities', () => {
    const lines = Array.from({ length: 50 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`);
    const body = `<!DOCTYPE a [<!ENTITY e0 "lol">${lines.join('')}]><a>&e50;</a>`;
    const calls = run('XML', body);
    expect(textsOf(calls).at(-1)).toBe('&e50;');
    expect(textsOf(calls).join('').length).toBeLessThan(body.length);
  });

  it.each([
    ['<a>', 3],
    ['<a></b>', 3],
    ['<a><b></a></b>', 6],
    ['</a>', 0],
    ['<a/><b/>', 4],
    ['x<a/>', 0],
    ['<a/>x', 4],
    ['<a b=1/>', 5],
    ['<a b/>', 3],
    ['<a b="1"c="2"/>', 8],
    ['<a b="1" b="2"/>', 9],
    ['<a b="<"/>', 5],
    ['<a b="&"/>', 6],
    ['<a>&</a>', 3],
    ['<a>x&y</a>', 4],
    ['<a>&#0;</a>', 3],
    ['<a>&#xD800;</a>', 3],
    ['<a>&#x110000;</a>', 3],
    ['<a>\0</a>', 3],
    ['<a b="\x01"/>', 6],
    ['<a><!-- </a>', 12],
    ['<a><![CDATA[ ]] ></a>', 21],
    ['<a', 2],
    ['<', 0],
    ['<!DOC', 0],
    ['< a/>', 1],
    ['<1/>', 1],
    ['   ', 3],
    ['<!-- only -->', 13],
    ['<![CDATA[x]]><a/>', 0],
    ['<a/><!DOCTYPE a>', 4],
    ['<!DOCTYPE a [<![INCLUDE[ ]]>]><a/>', 13],
    ['<!DOCTYPE a', 11],
    [' <?xml version="1.0"?><a/>', 1],
    ['{"a":1}', 0],
  ])('refuses %j at its byte %i', (body, byteOffset) => {
    expect(errorOf(run('XML', body))).toMatchObject({ kind: 'syntax', byteOffset });
  });

  it.each(['utf16le', 'be'])('refuses UTF-16 (%s) with and without its mark', (order) => {
    const encode = (text: string) => {
      const bytes = Buffer.from(text, 'utf16le');
      return order === 'be' ? bytes.swap16() : bytes;
    };
    const marked = run('XML', encode('\ufeff<a>1 union select</a>'));
    expect(errorOf(marked)).toMatchObject({ kind: 'syntax', byteOffset: 0 });
    expect(errorOf(marked)?.message).toContain('UTF-16');
    expect(errorOf(run('XML', encode('<a>1 union select</a>')))?.kind).toBe('syntax');
  });

  it.each(['UTF-7', 'utf-16', 'IBM037', 'shift_jis', ''])('refuses the declared encoding %j', (encoding) => {
    const calls = run('XML', `<?xml version="1.0" encoding='${encoding}'?><a>+ADw-</a>`);
    expect(errorOf(calls)).toMatchObject({ kind: 'syntax', byteOffset: 0 });
    expect(calls).toHaveLength(1);
  });

  it.each(['UTF-8', 'us-ascii', 'ISO-8859-1', 'windows-1252'])(
    'reads the declared encoding %s',
    (encoding) => {
      const body = `<?xml version="1.0" encoding="${encoding}" standalone="yes"?><a>t</a>`;
      expect(run('XML', body)).toEqual([['xmlText', 't']]);
    },
  );

  it('refuses an XML declaration that is too long to be looked through', () => {
    const body = `<?xml version="1.0"${' '.repeat(2_000)}encoding="UTF-7"?><a>t</a>`;
    expect(errorOf(run('XML', body))?.kind).toBe('syntax');
  });

  it('stops with an error at one level too many', () => {
    const limits = { bodyDepthMax: 2 };
    expect(errorOf(run('XML', '<a><b>t</b><c/></a>', { limits }))).toBeNull();
    expect(errorOf(run('XML', '<a><b><c/></b></a>', { limits }))).toMatchObject({
      kind: 'depth',
      byteOffset: 6,
    });
  });

  it('refuses a nesting of 10,000', () => {
    const body = '<a>'.repeat(10_000) + '</a>'.repeat(10_000);
    expect(errorOf(run('XML', body))).toMatchObject({ kind: 'depth', byteOffset: 192 });
  });

  it('stops with an error at one byte too many', () => {
    const limits = { requestBodyNoFilesBytesMax: 12 };
    expect(errorOf(run('XML', '<a>12345</a>', { limits }))).toBeNull();
    expect(errorOf(run('XML', '<a>123456</a>', { limits }))).toMatchObject({ kind: 'size', byteOffset: 12 });
  });

  it('says nothing of a body of no bytes', () => {
    expect(run('XML', '')).toEqual([]);
  });
});

/** Vectors of t:htmlEntityDecode. */
import type { TransformationVectors } from '../vector.ts';

export const VECTORS: TransformationVectors = {
  groups: [
    {
      source: 'reference manual, "htmlEntityDecode": &quot; &nbsp; &lt; &gt; (and &amp;) give one byte',
      cases: [
        ['', ''],
        ['a', 'a'],
        ['plain', 'plain'],
        ['&lt;b&gt;', '<b>'],
        ['&quot;&amp;', '"&'],
        ['&nbsp;', '\xa0'],
        ['&LT;&Gt;&qUOT;&AMP;&NbSp;', '<>"&\xa0'],
        ['&LT&Quot&aMp', '<"&'],
        ['&lt;;', '<;'],
        ['x&lt', 'x<'],
        ['&&lt;', '&<'],
        ['&lt&gt', '<>'],
        ['&lt;'.repeat(70_000), '<'.repeat(70_000)],
      ],
    },
    {
      source: 'ModSecurity 2: a name is the whole run of letters and digits',
      cases: [
        ['&ltx;', '&ltx;'],
        ['&lt1', '&lt1'],
        ['&nbspx', '&nbspx'],
        ['&quot1;', '&quot1;'],
        ['&copy;', '&copy;'],
        ['&apos;', '&apos;'],
        ['&lt-', '<-'],
        ['&lt_', '<_'],
        ['&lt\xe9', '<\xe9'],
        ['&lt\x00', '<\x00'],
      ],
    },
    {
      source:
        'reference manual: &#DD; and &#xHH; give one byte; HTML 4.01 §5.3.1; the semicolon may be missing',
      cases: [
        ['&#60;&#060&#x3c;&#X3C', '<<<<'],
        ['&#65', 'A'],
        ['&#65B', 'AB'],
        ['&#x41g', 'Ag'],
        ['&#x41 ', 'A '],
        ['&#0;', '\x00'],
        ['&#x0;', '\x00'],
        ['&#255;&#xff;', '\xff\xff'],
        ['&#00000000000000000000000065;', 'A'],
        ['&#x000000000000000000000041;', 'A'],
        ['\x00&#65;\xff', '\x00A\xff'],
      ],
    },
    {
      source: 'ModSecurity 2: the byte is the low one of a C long (strtol saturates)',
      cases: [
        ['&#256;', '\x00'],
        ['&#x13c;&#316;', '<<'],
        ['&#xff1c;', '\x1c'],
        ['&#65601;', 'A'],
        ['&#x7fffffffffffff41;', 'A'],
        ['&#9223372036854775807;&#9223372036854775808;', '\xff\xff'],
        ['&#x8000000000000041;', '\xff'],
        ['&#99999999999999999999;', '\xff'],
      ],
    },
    {
      source: 'reference manual: what is no entity is left as it is',
      cases: [
        ['&', '&'],
        ['&&', '&&'],
        ['&#', '&#'],
        ['&#x', '&#x'],
        ['&#X', '&#X'],
        ['&#xg', '&#xg'],
        ['&;', '&;'],
        ['&#;', '&#;'],
        ['&#x;', '&#x;'],
        ['& lt;', '& lt;'],
        ['&# 65;', '&# 65;'],
        ['&#-65;', '&#-65;'],
        ['&#+65;', '&#+65;'],
        ['&#x&lt;', '&#x<'],
        ['&#&lt;', '&#<'],
      ],
    },
    {
      source: 'one pass: what comes out is not decoded again',
      cases: [
        ['&amp;lt;', '&lt;'],
        ['&amp;amp;lt;', '&amp;lt;'],
        ['&#38;#60;', '&#60;'],
        ['&amp;#x3c;', '&#x3c;'],
      ],
    },
  ],
};

/** XML documents that servers read in different ways. */
import fc from 'fast-check';
import type { HostileBody } from '../reader.ts';
import { edited, mostly, oneOf, sequence } from './pick.ts';

const CONTENT_TYPES = [
  'application/xml',
  'text/xml; charset=utf-8',
  'text/xml; charset=utf-16',
  'text/xml; charset=utf-7',
  'application/soap+xml',
  'image/svg+xml',
  'Text/XML',
  'application/xml-dtd',
];

const declaration = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  {
    weight: 4,
    arbitrary: sequence(
      mostly(
        '<?xml version="1.0"',
        "<?xml version='1.0'",
        '<?xml',
        '<?xml version="1.1"',
        '<?XML version="1.0"',
        ' <?xml version="1.0"',
      ),
      mostly(
        '',
        ' encoding="utf-8"',
        ' encoding="UTF-7"',
        ' encoding="utf-16"',
        " encoding='ibm037'",
        ' encoding="cp037"',
        ' encoding="iso-8859-1"',
        ' encoding="shift_jis"',
        ' encoding = "utf-16le"',
        ' encoding="us-ascii"',
        ' encoding="windows-1252"',
        ' encoding=""',
        '\nencoding="cp500"',
      ),
      mostly('', ' standalone="yes"'),
      '?>',
    ),
  },
);

const doctype = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: oneOf(
      '<!DOCTYPE a>',
      '<!DOCTYPE a SYSTEM "http://x.example/a.dtd">',
      '<!DOCTYPE a [<!ENTITY e "v1">]>',
      '<!DOCTYPE a [<!ENTITY e "v1"><!ENTITY f "v2&e;">]>',
      '<!DOCTYPE a [<!ENTITY e "&#60;b>v1&#60;/b>">]>',
      '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
      '<!DOCTYPE a [<!ENTITY % p "<!ENTITY e \'v1\'>"> %p;]>',
      '<!DOCTYPE a [<!ATTLIST a d CDATA "v1">]>',
      "<!DOCTYPE a [<!ATTLIST b d CDATA #FIXED 'v2'>]>",
      '<!DOCTYPE a [<!-- " --><!ENTITY e "v1">]>',
      '<!DOCTYPE a [<!ELEMENT a ANY>]>',
      '<!DOCTYPE a [<?p "?><!ENTITY e "v1">]>',
      '<!DOCTYPE a [<!ENTITY e "<!-- v -->v1<![CDATA[v2]]>">]>',
    ),
  },
);

const text = oneOf(
  'v1',
  'v2',
  ' ',
  '&lt;',
  '&#118;1',
  '&#x76;',
  '&amp;lt;',
  '&e;',
  '&f;',
  '&nope;',
  '&',
  '&#0;',
  '&#xd800;',
  '&#118',
  '<![CDATA[v1]]>',
  '<![CDATA[<b>]]>',
  '<![CDATA[v]]>]]>',
  '<!-- c -->',
  '<!--c',
  '<!-- a--b -->',
  '<?pi v?>',
  ']]>',
  '\xe9',
  '\xc3\xa9',
  '\0',
  '\x0b',
  '\x85',
  '\r\n',
  '\x7f',
  '+AHY-',
  '&lt',
  '&#X76;',
  '&copy;',
  '\xef\xbf\xbf',
);

const attribute = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: oneOf(
      ' d="v1"',
      " d='v2'",
      ' d="&lt;"',
      ' d="&e;"',
      ' d="a\nb"',
      ' d="a\tb"',
      ' d="&#10;"',
      ' xmlns="urn:x"',
      ' xmlns:p="urn:p"',
      ' p:d="v1"',
      ' xml:lang="en"',
      ' d="1" d="2"',
      ' d=v1',
      ' d',
      ' d="<"',
      ' d="]]>"',
      ' d=">"',
      ' xml:space="preserve"',
      ' d = "v1"',
      '\nd="v1"',
      ' d="v1"e="v2"',
      ' xmlns:p="urn:p" p:d="v1" d="v2"',
    ),
  },
);

const name = mostly('b', 'a', 'p:b', 'B', '\xc3\xa9', '1b', 'b.c', 'xml', ':b');

const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      name,
      attribute,
      mostly('', ' ', '\n', '/'),
      fc.array(
        fc.oneof({ maxDepth: 3 }, { weight: 4, arbitrary: text }, { weight: 1, arbitrary: tie('element') }),
        { maxLength: 4 },
      ),
      mostly('same', 'b', '', 'a', 'none', 'short'),
    )
    .map(([tag, attributes, blank, content, end]) => {
      if (end === 'short') return `<${tag}${attributes}/>`;
      const close = end === 'none' ? '' : `</${end === 'same' ? tag : end}>`;
      return `<${tag}${attributes}${blank}>${content.join('')}${close}`;
    }),
}));

const document = edited(
  sequence(
    mostly('', '\xef\xbb\xbf', '\n', '\xff\xfe', '\0', '<!-- c -->', '<?pi?>'),
    declaration,
    doctype,
    element,
    mostly('', '\n', '<!-- c -->', '<b>v2</b>', 'v2', '\0', '<?xml version="1.0" encoding="utf-16"?>'),
  ),
  '<',
  '>',
  '&',
  '"',
  "'",
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '?>',
  '\0',
  '/',
  '&e;',
  'v2',
);

const wide = (source: string, little: boolean): string =>
  [...source].map((byte) => (little ? `${byte}\0` : `\0${byte}`)).join('');

export const xmlBodies: fc.Arbitrary<HostileBody> = fc
  .tuple(
    mostly('text/xml', ...CONTENT_TYPES),
    fc.oneof(
      { weight: 12, arbitrary: document },
      { weight: 1, arbitrary: document.map((source) => wide(source, true)) },
      { weight: 1, arbitrary: document.map((source) => `\xfe\xff${wide(source, false)}`) },
    ),
  )
  .map(([contentType, body]) => ({ format: 'xml', contentType, body }));

/** Vectors of @validateSchema. The argument is the schema file's text, as its only line. */
import type { OperatorVectors } from '../vector.ts';

const ORDER = [
  '{"type":"object","required":["id"],"additionalProperties":false,"properties":{"id":{"type":"integer"},"note":{"type":"string","maxLength":3}}}',
];
const ANYTHING = ['true'];

export const VECTORS: OperatorVectors = {
  groups: [
    {
      source:
        'JSON Schema 2020-12, "Validation": a fault is what an instance does not meet; Coraza: a fault matches',
      cases: [
        [ORDER, '{"id":1}', false],
        [ORDER, '{"id":1,"note":"abc"}', false],
        [ORDER, ' { "id" : 1.0 } ', false],
        [ORDER, '{}', ["must have required property 'id'"]],
        [ORDER, '{"id":"1"}', ['/id must be integer']],
        [ORDER, '{"id":1,"x":2}', ['must NOT have additional properties']],
        [ORDER, '[]', ['must be object']],
        [ORDER, '{"id":1,"note":"\xc3\xa9\xc3\xa9\xc3\xa9"}', false],
        [['false'], '1', ['boolean schema is false']],
      ],
    },
    {
      source: 'RFC 8259: what is no JSON text is a fault under any schema; an empty value is no document',
      cases: [
        [ANYTHING, '', false],
        [ORDER, '', false],
        [ANYTHING, '0', false],
        [ANYTHING, '{"a":', ['not JSON']],
        [ANYTHING, '{} {}', ['not JSON']],
        [ANYTHING, '\x00', ['not JSON']],
        [ANYTHING, '"\xff"', ['not UTF-8']],
        [ANYTHING, '{"a":1,"a":2}', ['a key twice in one object']],
      ],
    },
  ],
  refusedLines: [[], ['{'], ['[]'], ['{"type":"strin"}'], ['{"$ref":"other.json"}'], ['<xs:schema/>']],
};

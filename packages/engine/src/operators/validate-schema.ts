/**
 * validateSchema: the value is no JSON, or not as a JSON Schema file says. Of REQUEST_BODY, the whole body is asked about,
 * also where it was taken apart (see compile/operator.ts). An empty value does not match. Captures what is wrong.
 *
 * Source: Coraza, "validateSchema". ModSecurity means an XML Schema, which is refused.
 */
import { EngineError } from '../errors.ts';
import { badArgument } from './bad-argument.ts';
import { compileJsonSchema } from './json-schema.ts';
import type { OperatorDefinition } from './operator.ts';

const NAME = 'validateSchema';

export const validateSchema: OperatorDefinition = {
  name: NAME,
  readsFile: 'whole',
  create({ text: path, lines }, environment) {
    const [schema] = lines ?? [];
    if (path === '' || schema === undefined) throw badArgument(NAME, 'the name of a file is missing');
    if (/\.(?:xsd|dtd)$/i.test(path) || /^(?:\xef\xbb\xbf)?\s*</.test(schema)) throw xmlSchema();
    const check = compileJsonSchema(path, schema, (pattern) => environment.compileRegex(pattern));
    return {
      match(value) {
        const fault = value === '' ? null : check(value);
        return fault === null ? null : [fault];
      },
    };
  },
};

const xmlSchema = (): EngineError =>
  new EngineError('SECLANG_UNSUPPORTED', {
    what: '@validateSchema with an XML Schema',
    alternative: 'Match parts of the document, as in XML:/order/id/text(), with other operators.',
  });

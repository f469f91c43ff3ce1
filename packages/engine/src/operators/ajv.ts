/** The validator of JSON Schema, loaded when a rule needs it: few do, and a start must not wait for it. */
import { createRequire } from 'node:module';
import type { Ajv, Code, Name, Options } from 'ajv';
import type { RegExpEngine } from 'ajv/dist/types/index.js';

export type SchemaDialect = '7' | '2019' | '2020';

/** Makes code of names and texts: ajv's `_`. */
export type CodeTemplate = (strings: TemplateStringsArray, ...values: readonly (Name | string)[]) => Code;

export interface SchemaCompiler {
  readonly template: CodeTemplate;
  create(regExp: RegExpEngine): Ajv;
}

const MODULES = { '7': 'ajv', '2019': 'ajv/dist/2019.js', '2020': 'ajv/dist/2020.js' } as const;

const require = createRequire(import.meta.url);

export function loadAjv(dialect: SchemaDialect): SchemaCompiler {
  const { default: Compiler, _ } = require(MODULES[dialect]) as typeof import('ajv');
  return {
    template: (strings, ...values) => _(strings, ...values),
    create: (regExp) => new Compiler({ ...OPTIONS, code: { regExp } }) as Ajv,
  };
}

const OPTIONS: Options = {
  // A keyword that is not known checks nothing; the other laws of strict mode are matters of taste.
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  // What an object inherits is not in the document.
  ownProperties: true,
  unicodeRegExp: true,
  validateFormats: false,
  logger: false,
};

/**
 * Keywords of JSON Schema whose usual implementation a client could make expensive: references between schemas, which
 * alternatives multiply at each level of a document, and the comparison of all items with all others.
 */
import type { Ajv, CodeKeywordDefinition, KeywordCxt } from 'ajv';
import type { CodeTemplate } from './ajv.ts';

/** Counts a part of the document against what a validation may cost; throws where that is used up. */
export type SpendOn = (part: unknown) => void;

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];

/** Puts bounded keywords in the place of those of the validator. */
export function boundKeywords(ajv: Ajv, spend: SpendOn, template: CodeTemplate): void {
  for (const keyword of REFERENCES) {
    const rule = ajv.RULES.all[keyword];
    if (typeof rule !== 'object') continue;
    const original = rule.definition as CodeKeywordDefinition;
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      ...original,
      code(context: KeywordCxt) {
        const name = context.gen.scopeValue('func', { key: spend, ref: spend });
        context.gen.code(template`${name}(${context.data})`);
        original.code(context);
      },
    });
  }
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    validate: (unique: boolean, items: readonly unknown[]) => {
      if (!unique || items.length < 2) return true;
      spend(items);
      return new Set(items.map(canonical)).size === items.length;
    },
  });
}

/** One text for all equal values: keys in order, numbers by their value. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
}

/**
 * The one template that the Core Rule Set's tests use in `data`: `{{ "text" | repeat 100 }}`. The format allows any Go
 * template; others are refused by the loader, never sent as they stand.
 */

const REPEAT = /^\s*"([^"\\]*)"\s*\|\s*repeat\s+(\d{1,7})\s*$/;
const MAXIMUM_LENGTH = 16 * 1024 * 1024;

/** The text with its templates expanded, or null where one is of another form. */
export function expandTemplate(text: string): string | null {
  let expanded = '';
  let from = 0;
  for (;;) {
    const open = text.indexOf('{{', from);
    if (open === -1) return expanded + text.slice(from);
    const close = text.indexOf('}}', open + 2);
    if (close === -1) return null;
    const [, unit, count] = REPEAT.exec(text.slice(open + 2, close)) ?? [];
    if (unit === undefined || count === undefined) return null;
    if (unit.length * Number(count) > MAXIMUM_LENGTH) return null;
    expanded += text.slice(from, open) + unit.repeat(Number(count));
    from = close + 2;
  }
}

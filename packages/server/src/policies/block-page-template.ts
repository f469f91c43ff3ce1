/**
 * Templates of block pages, taken apart when the configuration is read. `{{request_id}}` is all that they can print: whatever else
 * there is of a request comes from its client, who would have a page of the site's say what he likes.
 */
import { mediaType, pageKind } from '../block-page.ts';

const PLACE = /\{\{\s*request_id\s*\}\}/;
const PLACES = new RegExp(PLACE, 'g');
const ANY_PLACE = /\{\{([^{}]{0,64})\}?\}?/;

/** The text around the places of the request id. */
export const templatePieces = (template: string): readonly string[] => template.split(PLACE);

/** What is wrong with a template, or null. */
export function templateProblem(contentType: string, template: string): string | null {
  const other = ANY_PLACE.exec(template.replace(PLACES, ''));
  if (other !== null) {
    return `{{${(other[1] ?? '').trim()}}} is not known: a page prints {{request_id}} and nothing else of a request`;
  }
  switch (pageKind(contentType)) {
    case 'json':
      return jsonProblem(template);
    case 'html':
      return htmlProblem(template);
    case 'text':
      return null;
  }
}

function jsonProblem(template: string): string | null {
  try {
    // Outside of a string this is no JSON, and no place for a text either.
    JSON.parse(template.replace(PLACES, 'id'));
    return null;
  } catch (error) {
    if (error instanceof SyntaxError) return 'not JSON with {{request_id}} inside of strings';
    throw error;
  }
}

const TAG_OR_END =
  /<(script|style)\b[\s\S]*?<\/\1|<!--[\s\S]*?-->|<[a-z!/?][^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>/gi;

/** Where a request id is escaped well: in text, and in quoted values of attributes. */
function htmlProblem(template: string): string | null {
  for (const [tag, kind] of template.matchAll(TAG_OR_END)) {
    if (!PLACE.test(tag)) continue;
    if (kind !== undefined) return `{{request_id}} inside of <${kind.toLowerCase()}>`;
    if (tag.startsWith('<!--')) continue;
    if (PLACE.test(tag.replace(/"[^"]*"|'[^']*'/g, ''))) return '{{request_id}} in a tag outside of quotes';
    if (/\b(?:on\w+|style)\s*=\s*(?:"[^"]*\{\{|'[^']*\{\{)/i.test(tag)) {
      return '{{request_id}} in an attribute that is run as a script or a style';
    }
  }
  return null;
}

const TOKEN = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const VALUE = /^[\x20-\x7e]{0,1024}$/;

/** Set by Sluice or by Envoy, or about the connection: a page may not speak of them. */
const KEPT_HEADERS: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

export function headerNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) return `${JSON.stringify(name)} is not the name of a header in lower case`;
  return KEPT_HEADERS.has(name) ? `the header ${name} is set by Sluice or by Envoy` : null;
}

export function headerValueProblem(value: string): string | null {
  if (!VALUE.test(value)) return 'a value of a header is printable ASCII, 1,024 characters at most';
  return templateProblem('text/plain', value);
}

const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/;

export const isMediaType = (text: string): boolean => MEDIA_TYPE.test(text);

/** A media type with parameters, as it goes into a header. */
export const isContentType = (text: string): boolean =>
  isMediaType(mediaType(text)) && /^[\x20-\x7e]{1,256}$/.test(text);

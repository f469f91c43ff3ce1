/** What a client sees instead of the workload's answer. It says that and how to ask about it, never which rule. */
import type { BlockPageBody, BlockPagePolicy } from './policy.ts';

export interface BlockPage {
  readonly contentType: string;
  readonly body: string;
  /** Beside content-type and those that every denial has. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** How much of an Accept header is looked at. */
const ACCEPT_CHARACTERS_MAX = 1_024;

const HTML_TYPE = /text\/html|application\/xhtml\+xml/i;
const JSON_TYPE = /application\/(?:[a-z0-9.-]+\+)?json/i;

const NO_HEADERS: BlockPage['headers'] = [];

/**
 * Of the policy's bodies the one that is asked for first; without bodies HTML for who asks for HTML first, as browsers do,
 * and JSON for everybody else. Weights (`q=`) are not read.
 * @param accept the Accept header, latin1, or empty
 */
export function blockPage(accept: string, requestId: string, policy?: BlockPagePolicy): BlockPage {
  const asked = accept.slice(0, ACCEPT_CHARACTERS_MAX);
  const headers =
    policy === undefined || policy.headers.length === 0
      ? NO_HEADERS
      : policy.headers.map(([name, pieces]) => [name, pieces.join(headerValue(requestId))] as const);
  const own = policy === undefined ? null : chooseBody(policy.bodies, asked);
  if (own !== null) {
    const { contentType, pieces } = own;
    return { contentType, body: pieces.join(escapeFor(contentType, requestId)), headers };
  }
  if (!prefersHtml(asked)) {
    const body = JSON.stringify({ error: 'blocked', request_id: requestId });
    return { contentType: 'application/json', body, headers };
  }
  return { contentType: 'text/html; charset=utf-8', body: htmlPage(requestId), headers };
}

function prefersHtml(asked: string): boolean {
  const html = asked.search(HTML_TYPE);
  const json = asked.search(JSON_TYPE);
  return html >= 0 && (json < 0 || html < json);
}

/** The body whose media type stands first in Accept, else the last; null where there are none. */
function chooseBody(bodies: readonly BlockPageBody[], asked: string): BlockPageBody | null {
  const lower = asked.toLowerCase();
  let chosen = bodies.at(-1) ?? null;
  let first = Number.POSITIVE_INFINITY;
  for (const body of bodies) {
    const place = lower.indexOf(mediaType(body.contentType));
    if (place < 0 || place >= first) continue;
    first = place;
    chosen = body;
  }
  return chosen;
}

/** In lower case, without parameters. */
export const mediaType = (contentType: string): string =>
  (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

export type PageKind = 'html' | 'json' | 'text';

export function pageKind(contentType: string): PageKind {
  const type = mediaType(contentType);
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  return type.includes('html') || type.includes('xml') || type.includes('svg') ? 'html' : 'text';
}

function escapeFor(contentType: string, requestId: string): string {
  switch (pageKind(contentType)) {
    case 'html':
      return escapeHtml(requestId);
    case 'json':
      return JSON.stringify(requestId).slice(1, -1);
    case 'text':
      return headerValue(requestId);
  }
}

/** Characters that end no line and mean nothing to a header's syntax. */
const headerValue = (text: string): string => text.replace(/[^\x21-\x7e]/g, '');

const htmlPage = (requestId: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Request blocked</title></head>
<body>
<h1>Request blocked</h1>
<p>This request was stopped by a web application firewall.</p>
<p>If you think that this is a mistake, tell the site's operator this request id: <code>${escapeHtml(requestId)}</code></p>
</body>
</html>
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

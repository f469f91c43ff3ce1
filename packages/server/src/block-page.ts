/** What a client sees instead of the workload's answer. It says that and how to ask about it, never which rule. */

export interface BlockPage {
  readonly contentType: string;
  readonly body: string;
}

/** How much of an Accept header is looked at. */
const ACCEPT_CHARACTERS_MAX = 1_024;

const HTML_TYPE = /text\/html|application\/xhtml\+xml/i;
const JSON_TYPE = /application\/(?:[a-z0-9.-]+\+)?json/i;

/**
 * HTML for who asks for HTML first, as browsers do; JSON for everybody else. Weights (`q=`) are not read.
 * @param accept the Accept header, latin1, or empty
 */
export function blockPage(accept: string, requestId: string): BlockPage {
  const asked = accept.slice(0, ACCEPT_CHARACTERS_MAX);
  const html = asked.search(HTML_TYPE);
  const json = asked.search(JSON_TYPE);
  if (html < 0 || (json >= 0 && json < html)) {
    const body = JSON.stringify({ error: 'blocked', request_id: requestId });
    return { contentType: 'application/json', body };
  }
  return { contentType: 'text/html; charset=utf-8', body: htmlPage(requestId) };
}

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

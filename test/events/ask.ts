/** Questions to Elasticsearch. */

export class AskFault extends Error {
  override readonly name = 'AskFault';
}

/** @throws AskFault where the answer is none that was hoped for */
export async function ask(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const init = {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const answer = await fetch(`${url}${path}`, init);
  const text = await answer.text();
  if (!answer.ok) throw new AskFault(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Places of a message in which a secret may stand, and ways to write it there. */
import type { HeaderList } from '../../packages/engine/src/index.ts';

export interface Planted {
  readonly method?: string;
  readonly uri?: string;
  readonly headers?: HeaderList;
  readonly body?: string;
  readonly response?: { readonly headers?: HeaderList; readonly body?: string };
}

/** Writes a secret so that whoever reads it at its place reads it whole. */
export type Write = (secret: string) => string;

const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const FORM_TYPE = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const post = (type: readonly [string, string], body: string): Planted => ({
  method: 'POST',
  uri: '/login',
  headers: [type],
  body,
});

/** Where a name says that a secret follows. `url` writes for URLs, `json` for JSON, what is plain as it is. */
export const NAMED_PLACES: Readonly<Record<string, (secret: string, url: Write, json: Write) => Planted>> = {
  'Authorization: Bearer': (secret) => ({ headers: [['Authorization', `Bearer ${secret}`]] }),
  'Authorization: Basic': (secret) => ({
    headers: [['Authorization', `Basic ${Buffer.from(`user:${secret}`).toString('base64')}`]],
  }),
  'Proxy-Authorization': (secret) => ({ headers: [['proxy-authorization', `Digest a="${secret}"`]] }),
  'X-Api-Key': (secret) => ({ headers: [['X-Api-Key', secret]] }),
  'a cookie': (secret) => ({ headers: [['Cookie', `a=1; sid=${secret}; b=2`]] }),
  'a cookie in escapes': (secret, url) => ({ headers: [['Cookie', `a=1; sid=${url(secret)}`]] }),
  'the query': (secret, url) => ({ uri: `/p?a=1&password=${url(secret)}&b=2` }),
  'the query, a name in escapes': (secret, url) => ({ uri: `/p?p%61ssw%6Frd=${url(secret)}` }),
  'the query, a name in escapes of escapes': (secret, url) => ({
    uri: `/p?%2570assw%256Frd=${url(secret)}`,
  }),
  'the query, an array': (secret, url) => ({ uri: `/p?user[api_key][]=${url(secret)}` }),
  'the query, once more without a name': (secret, url) => ({
    uri: `/p?token=${url(secret)}&q=x${url(secret)}y`,
  }),
  'a parameter of the path': (secret, url) => ({ uri: `/a;token=${url(secret)}/b` }),
  'a segment of the path': (secret, url) => ({ uri: `/reset-password/${url(secret)}` }),
  'the absolute form': (secret, url) => ({ uri: `http://shop.example/p?token=${url(secret)}` }),
  'a fragment': (secret, url) => ({ uri: `/p#access_token=${url(secret)}` }),
  Referer: (secret, url) => ({
    headers: [['Referer', `https://shop.example/cb?access_token=${url(secret)}&x=1`]],
  }),
  'User-Agent': (secret) => ({ headers: [['User-Agent', `bot/1.0 (secret=${secret})`]] }),
  'a URL in some header': (secret, url) => ({
    headers: [['X-Original-URL', `/a?sessionid=${url(secret)}`]],
  }),
  'a form': (secret, url) => post(FORM_TYPE, `a=1&passwd=${url(secret)}&b=2`),
  'JSON, deep': (secret, _, json) =>
    post(JSON_TYPE, `{"a":[{"b":{"client_secret":"${json(secret)}","c":1}}]}`),
  'JSON, an array below the name': (secret, _, json) =>
    post(JSON_TYPE, `{"passwords":["x","${json(secret)}"]}`),
  'JSON in an argument': (secret, url) => ({
    uri: `/p?q=${encodeURIComponent('{"password":"')}${url(secret)}${encodeURIComponent('"}')}`,
  }),
  'a field of a multipart form': (secret) => ({
    method: 'POST',
    headers: [['Content-Type', 'multipart/form-data; boundary=b']],
    body: `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--b--\r\n`,
  }),
  'XML, an element': (secret) =>
    post(['Content-Type', 'text/xml'], `<login><user>me</user><password>${secret}</password></login>`),
  'a cookie that is set': (secret) => ({
    response: { headers: [['Set-Cookie', `sid=${secret}; Path=/`]] },
  }),
  'JSON of a response': (secret) => ({
    response: { headers: [JSON_TYPE], body: `{"user":"me","access_token":"${secret}"}` },
  }),
  'HTML of a response': (secret) => ({
    response: {
      headers: [['Content-Type', 'text/html']],
      body: `<p>error: password=${secret} at db:5432</p>`,
    },
  }),
};

/** Where nothing says so, and only the form of the secret does. */
export const PLAIN_PLACES: Readonly<Record<string, (secret: string, url: Write, json: Write) => Planted>> = {
  'the query': (secret, url) => ({ uri: `/p?q=a+${url(secret)}+b` }),
  'the path': (secret, url) => ({ uri: `/files/${url(secret)}/x` }),
  'User-Agent': (secret) => ({ headers: [['User-Agent', `bot (${secret})`]] }),
  Referer: (secret, url) => ({ headers: [['Referer', `https://a.example/?q=${url(secret)}`]] }),
  'some header': (secret) => ({ headers: [['X-Note', `see ${secret}.`]] }),
  'a form': (secret, url) => post(FORM_TYPE, `note=${url(secret)}`),
  JSON: (secret, _, json) => post(JSON_TYPE, `{"note":"${json(secret)}"}`),
  'a response': (secret) => ({
    response: { headers: [['Content-Type', 'text/html']], body: `<p>${secret}</p>` },
  }),
};

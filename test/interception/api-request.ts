/**
 * Asks an API server that only its namespace reaches. Standard input is an object { url, token, ca, requests }, the last an
 * array of { method, path, body }; one that the server refuses ends it with the server's words.
 */
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

const { url, token, ca, requests } = JSON.parse(await text(process.stdin));

for (const { method, path, body } of requests) {
  const [status, answer] = await new Promise<[number, string]>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = request(new URL(path, url), { method, headers, ca }, async (response) => {
      resolve([response.statusCode ?? 0, await text(response)]);
    });
    sent.once('error', reject);
    sent.end(JSON.stringify(body));
  });
  if (status < 200 || status > 299) {
    process.stderr.write(`${method} ${path}: ${status} ${answer}\n`);
    process.exit(1);
  }
}

/** Requests that fresh mutations found and fixed seeds do not reach: kept, so that their explanations stay checked. */
import type { ParsedRequest } from '../../packages/cli/src/rules-test/stage-engine.ts';
import type { CorpusRequest } from './corpus.ts';

const BROWSER = [
  ['Host', 'localhost'],
  ['User-Agent', 'OWASP CRS test agent'],
  ['Accept', '*/*'],
] as const;

function post(mediaType: string, body: string): ParsedRequest {
  const headers = [...BROWSER, ['Content-Type', mediaType], ['Content-Length', String(body.length)]] as const;
  return { method: 'POST', uri: '/post', protocol: 'HTTP/1.1', headers, body: Buffer.from(body, 'latin1') };
}

const get = (uri: string, headers: ParsedRequest['headers'] = BROWSER): ParsedRequest => ({
  method: 'GET',
  uri,
  protocol: 'HTTP/1.1',
  headers,
  body: Buffer.alloc(0),
});

const getWith = (name: string, value: string): ParsedRequest => get('/', [...BROWSER, [name, value]]);

const part = (name: string, content: string): string =>
  `--sluice\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;

export const keptRequests = (): readonly CorpusRequest[] => [
  {
    id: 'kept: arguments of a multipart body in ARGS_COMBINED_SIZE',
    request: post('multipart/form-data; boundary=sluice', `${part('foo', '1'.repeat(64_001))}--sluice--\r\n`),
  },
  {
    id: 'kept: an absolute target with a broken escape',
    request: get('http://%'),
  },
  {
    id: 'kept: a path with a broken escape',
    request: get('/%3Cs%'),
  },
  {
    id: 'kept: a value that another rule matched, in MATCHED_VARS',
    request: post('application/x-www-form-urlencoded', '/**&%3B.+4'),
  },
  {
    id: 'kept: a NUL byte in cssDecode',
    request: get('/?x=\\0javascript:(('),
  },
  {
    id: 'kept: more arguments than are read',
    request: get(`/?${`${'1'.repeat(64)}&`.repeat(1_100)}`),
  },
  {
    id: 'kept: a multipart body of its closing boundary',
    request: post('multipart/form-data; boundary=sluice', '--sluice--'),
  },
  {
    id: 'kept: a bracket at the end of a line',
    request: post('application/x-www-form-urlencoded', ']d%0a]'),
  },
  {
    id: 'kept: a field as large as files may be together',
    request: post('multipart/form-data; boundary=sluice', `${part('foo', '1'.repeat(65_600))}--sluice--\r\n`),
  },
  {
    id: 'kept: a carriage return in XML',
    request: post('application/xml', '<r><a>, a\rz y</a></r>'),
  },
  {
    id: 'kept: a no-break space between words',
    request: post('application/x-www-form-urlencoded', '=self%a0%2F%2Ab%2A%2F'),
  },
  {
    id: 'kept: an entity in mixed case',
    request: get('/?x=%26Lt;sCRIpt%26GT'),
  },
  {
    id: 'kept: an excluded cookie in another case',
    request: getWith('Cookie', 'FcNeC=[["--=='),
  },
  {
    id: 'kept: cookies that patterns exclude, in another case',
    request: getWith('Cookie', '_GA=[["--==; PBJS-a=[["--==; _PK_REF=[["--=='),
  },
];

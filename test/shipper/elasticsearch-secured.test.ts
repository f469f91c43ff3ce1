/**
 * An Elasticsearch behind TLS that asks who comes. The test servers have no security of their own (it is not in the distribution that
 * Maven has), so what stands in front of a real one does as it would: TLS, and 401 for who is not known.
 */
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElasticsearchOptions } from '@sluice/shipper';
import { ShipperError } from '@sluice/shipper';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { FaultProxy } from './fault-proxy.ts';
import { ask, makeStream, records, sinkOn, streamOf } from './stand.ts';

const NEVER = new AbortController().signal;
const GIVEN = records(50);
const PASSWORD = { kind: 'basic', username: 'sluice', password: 'correct horse' } as const;
const API_KEY = { kind: 'apiKey', apiKey: Buffer.from('id:key').toString('base64') } as const;
const NOBODY = { ca: null, caFingerprint: null, certificate: null, key: null };

const REFUSED = {
  status: 401,
  body: '{"error":{"type":"security_exception","reason":"unable to authenticate user"},"status":401}',
} as const;

/** An authority and a server's pair; and those of an imposter, whose name is the same and whose key is not; no identifier tells them apart. */
const PAIRS = `
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=Authority -addext subjectKeyIdentifier=none -addext authorityKeyIdentifier=none -keyout $1.key -out $1.crt; }
server() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj /CN=elasticsearch -keyout $1.key -out $1.csr
  echo 'subjectAltName=IP:127.0.0.1
authorityKeyIdentifier=none' > $1.ext
  openssl x509 -req -in $1.csr -CA $2.crt -CAkey $2.key -extfile $1.ext -days 2 -out $1.crt; }
authority ca
server own ca
authority imposter
server false imposter
`;

let folder = '';
let url = '';
const cleanUps: (() => Promise<unknown>)[] = [];

const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-secured-'));
  execFileSync('bash', ['-euc', PAIRS], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  url = await sharedElasticsearch('8.19.8');
});

afterEach(async () => {
  for (const each of cleanUps.splice(0).reverse()) await each();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets those in who show this, behind this pair; the chain has the authority's certificate. */
async function secured(authorization: string, pair = 'own'): Promise<FaultProxy & { address: string }> {
  const tls = { key: pem(`${pair}.key`), cert: pem(`${pair}.crt`) + pem('ca.crt') };
  const proxy = new FaultProxy({ target: url, tls });
  proxy.fault = () => (proxy.seen.at(-1)?.headers.authorization === authorization ? 'pass' : REFUSED);
  cleanUps.push(() => proxy.close());
  return Object.assign(proxy, { address: await proxy.listen() });
}

async function deliver(
  address: string,
  options: Partial<ElasticsearchOptions>,
): Promise<{ readonly stored: number; readonly error: unknown }> {
  const namespace = freshNamespace();
  await makeStream(url, namespace);
  const sink = sinkOn([address], namespace, options);
  cleanUps.push(() => sink.close());
  const error = await sink.deliver(GIVEN, NEVER).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  // A stream that nothing came to is not there.
  const place = `/${streamOf(namespace)}`;
  await ask(url, 'POST', `${place}/_refresh?ignore_unavailable=true`);
  const counted = await ask(url, 'GET', `${place}/_count?ignore_unavailable=true`);
  return { stored: (counted as { readonly count: number }).count, error };
}

const coded = (code: string, reason = /./) =>
  expect.toSatisfy(
    (error) => error instanceof ShipperError && error.code === code && reason.test(error.message),
  );

const BASIC = `Basic ${Buffer.from('sluice:correct horse').toString('base64')}`;

describe('Elasticsearch behind TLS that asks who comes', () => {
  const trusted = (): ElasticsearchOptions['tls'] => ({ ...NOBODY, ca: pem('ca.crt') });

  it.each([
    ['a password', PASSWORD, BASIC],
    ['an API key', API_KEY, `ApiKey ${API_KEY.apiKey}`],
  ] as const)('stores what comes with %s', async (_, auth, authorization) => {
    const { address } = await secured(authorization);
    expect(await deliver(address, { auth, tls: trusted() })).toEqual({ stored: 50, error: null });
  });

  it.each([
    ['another password', { ...PASSWORD, password: 'wrong' }],
    ['no name', { kind: 'none' }],
  ] as const)('refuses %s, which is told and stores nothing', async (_, auth) => {
    const { address } = await secured(BASIC);
    const { stored, error } = await deliver(address, { auth, tls: trusted() });
    expect({ stored, error }).toEqual({ stored: 0, error: coded('SINK_REFUSED', /401 security_exception/) });
    expect(String(error)).not.toMatch(/wrong|correct/);
  });

  it('is not spoken to where its authority is not known: no name and no event leave', async () => {
    const proxy = await secured(BASIC);
    const { stored, error } = await deliver(proxy.address, { auth: PASSWORD });
    expect({ stored, error }).toEqual({ stored: 0, error: coded('SINK_AWAY', /certificate/) });
    expect(proxy.seen).toEqual([]);
  });
});

describe('an authority that is known by its fingerprint', () => {
  const fingerprint = (name: string): string =>
    createHash('sha256')
      .update(new X509Certificate(pem(name)).raw)
      .digest('hex');

  it('is trusted, with colons or without', async () => {
    const { address } = await secured(BASIC);
    const plain = fingerprint('ca.crt');
    for (const caFingerprint of [plain, plain.toUpperCase().replace(/..(?=.)/g, '$&:')]) {
      const tls = { ...NOBODY, caFingerprint };
      expect(await deliver(address, { auth: PASSWORD, tls })).toEqual({ stored: 50, error: null });
    }
  });

  it('is not taken for another', async () => {
    const proxy = await secured(BASIC);
    const tls = { ...NOBODY, caFingerprint: fingerprint('imposter.crt') };
    const { stored, error } = await deliver(proxy.address, { auth: PASSWORD, tls });
    expect({ stored, error }).toEqual({ stored: 0, error: coded('SINK_AWAY', /fingerprint/) });
    expect(proxy.seen).toEqual([]);
  });

  it('must have signed: its certificate, which anybody may show, proves nothing', async () => {
    const proxy = await secured(BASIC, 'false');
    const tls = { ...NOBODY, caFingerprint: fingerprint('ca.crt') };
    const { stored, error } = await deliver(proxy.address, { auth: PASSWORD, tls });
    expect({ stored, error }).toEqual({ stored: 0, error: coded('SINK_AWAY') });
    expect(proxy.seen).toEqual([]);
  });
});

/** Keys of TLS from Secrets. What was read once stays in force while it cannot be read again. */
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { reasonOf } from '../errors.ts';
import { NODE_LIMITS } from './limits.ts';
import type { NodeApi } from './node-api.ts';

export interface TlsKey {
  /** Of both texts. */
  readonly digest: string;
  /** PEM. */
  readonly certificateChain: string;
  readonly privateKey: string;
}

const secretData = z.object({ 'tls.crt': z.string(), 'tls.key': z.string() });

const DIGEST_CHARACTERS = 32;

/** @param data of a Secret, as the API has it: base 64 @returns why it is no key, as a text */
export function keyIn(data: unknown): TlsKey | string {
  const parsed = secretData.safeParse(data);
  if (!parsed.success) return 'it has no tls.crt and tls.key';
  const certificateChain = Buffer.from(parsed.data['tls.crt'], 'base64').toString('utf8');
  const privateKey = Buffer.from(parsed.data['tls.key'], 'base64').toString('utf8');
  try {
    // Envoy would refuse the whole listener for a key that is none, or another's.
    if (!new X509Certificate(certificateChain).checkPrivateKey(createPrivateKey(privateKey)))
      return 'its key is not that of its certificate';
  } catch {
    // What OpenSSL says might quote the key.
    return 'its certificate or its key cannot be read';
  }
  const digest = createHash('sha256').update(`${certificateChain}\0${privateKey}`).digest('hex');
  return { digest: digest.slice(0, DIGEST_CHARACTERS), certificateChain, privateKey };
}

interface Known {
  readonly key: TlsKey | null;
  readonly problem: string;
}

export class TlsKeys {
  readonly #api: NodeApi;
  readonly #known = new Map<string, Known>();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(api: NodeApi) {
    this.#api = api;
  }

  /** @param names `namespace/name` of Secrets: those that are new are read, the others once in a while */
  async follow(names: ReadonlySet<string>): Promise<void> {
    const isDue = performance.now() - this.#readAt >= NODE_LIMITS.keysMillis;
    if (isDue) this.#readAt = performance.now();
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    for (const name of names)
      if (isDue || !this.#known.has(name)) this.#known.set(name, await this.#read(name));
  }

  /** Null where there never was a good one. */
  keyOf(name: string): TlsKey | null {
    return this.#known.get(name)?.key ?? null;
  }

  /** Empty where the Secret is as it should be. */
  problemOf(name: string): string {
    return this.#known.get(name)?.problem ?? '';
  }

  async #read(name: string): Promise<Known> {
    const former = this.#known.get(name)?.key ?? null;
    const refuse = (reason: string): Known => ({ key: former, problem: `Secret ${name}: ${reason}` });
    const [namespace = '', secret = ''] = name.split('/');
    try {
      const data = await this.#api.secret(namespace, secret);
      if (data === null) return refuse('it is not there');
      const key = keyIn(data);
      return typeof key === 'string' ? refuse(key) : { key, problem: '' };
    } catch (error) {
      return refuse(reasonOf(error));
    }
  }
}

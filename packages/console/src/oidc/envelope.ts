/**
 * What has to be remembered between the way to the provider and the way back. It is kept in a cookie of the browser that began,
 * sealed with a key of this process: nobody can fill our memory with sign-ins that never end.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const schema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  /** Of PKCE. */
  verifier: z.string(),
  /** Milliseconds since the epoch. */
  at: z.number(),
});

export type Journey = z.output<typeof schema>;

export class Envelope {
  readonly #key = randomBytes(KEY_BYTES);

  seal(journey: Journey): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const text = Buffer.concat([cipher.update(JSON.stringify(journey), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** Null: it is not ours. */
  open(sealed: string): Journey | null {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= IV_BYTES + TAG_BYTES) return null;
    const iv = bytes.subarray(0, IV_BYTES);
    const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
    const cipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES });
    cipher.setAuthTag(tag);
    try {
      const text = Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]);
      return schema.parse(JSON.parse(text.toString('utf8')));
    } catch {
      // Sealed with another key, by a process before this one, or made up.
      return null;
    }
  }
}

/**
 * The certificates of the webhook as a Secret holds them, and what becomes of them as time goes by. A new authority is trusted
 * one turn before anything is signed by it, and the old one as long as it is valid: whoever asks in between trusts what it sees.
 */
import { z } from 'zod';
import { CERTIFICATE_LIMITS } from '../limits.ts';
import {
  certificatesIn,
  endOf,
  isBy,
  isCertificate,
  isDue,
  isPair,
  issue,
  type KeyPair,
  makeAuthority,
} from './authority.ts';

export interface CertificateBundle {
  /** Authorities that are trusted, the current one first; PEM. */
  readonly trusted: string;
  /** Key of the current authority. */
  readonly authorityKey: string;
  readonly serving: KeyPair;
}

const base64 = z.string().transform((text) => Buffer.from(text, 'base64').toString());

const secretData = z.object({
  'ca.crt': base64,
  'ca.key': base64,
  'tls.crt': base64,
  'tls.key': base64,
});

/** Null for what is none: it is made anew. */
export function bundleIn(data: unknown): CertificateBundle | null {
  const read = secretData.safeParse(data);
  if (!read.success) return null;
  const bundle: CertificateBundle = {
    trusted: read.data['ca.crt'],
    authorityKey: read.data['ca.key'],
    serving: { certificate: read.data['tls.crt'], key: read.data['tls.key'] },
  };
  return isWhole(bundle) ? bundle : null;
}

function isWhole({ trusted, authorityKey, serving }: CertificateBundle): boolean {
  const authorities = certificatesIn(trusted);
  const [current, ...others] = authorities;
  if (current === undefined || !isPair({ certificate: current, key: authorityKey })) return false;
  return isPair(serving) && others.every(isCertificate);
}

export function dataOf({
  trusted,
  authorityKey,
  serving,
}: CertificateBundle): Readonly<Record<string, string>> {
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return {
    'ca.crt': encoded(trusted),
    'ca.key': encoded(authorityKey),
    'tls.crt': encoded(serving.certificate),
    'tls.key': encoded(serving.key),
  };
}

export async function makeBundle(names: readonly string[], now: number): Promise<CertificateBundle> {
  const { authorityDays, servingDays } = CERTIFICATE_LIMITS;
  const authority = await makeAuthority(now, authorityDays);
  const serving = await issue(authority, names, { now, days: servingDays });
  return { trusted: authority.certificate, authorityKey: authority.key, serving };
}

/** The next one, or the same where there is nothing to do. One step a turn. */
export async function renewed(
  bundle: CertificateBundle,
  names: readonly string[],
  now: number,
): Promise<CertificateBundle> {
  const { authorityDays, servingDays, renewAfter } = CERTIFICATE_LIMITS;
  const trusted = certificatesIn(bundle.trusted);
  const [current] = trusted;
  if (current === undefined || endOf(current) <= now) return makeBundle(names, now);
  if (isDue(current, now, renewAfter)) {
    const next = await makeAuthority(now, authorityDays);
    const still = trusted.filter((pem) => endOf(pem) > now);
    return { ...bundle, trusted: [next.certificate, ...still].join(''), authorityKey: next.key };
  }
  const { certificate } = bundle.serving;
  if (isBy(certificate, current, names) && !isDue(certificate, now, renewAfter)) return bundle;
  const authority = { certificate: current, key: bundle.authorityKey };
  return { ...bundle, serving: await issue(authority, names, { now, days: servingDays }) };
}

/** A certificate authority of one's own, and certificates that it signs: ECDSA on P-256, as PEM. */
import 'reflect-metadata';
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MILLIS = 86_400_000;
/** Clocks differ. */
const BEFORE_MILLIS = 300_000;

const pemOf = (bytes: ArrayBuffer): string =>
  `-----BEGIN PRIVATE KEY-----\n${(
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END PRIVATE KEY-----\n`;

const bytesOf = (pem: string): Buffer<ArrayBuffer> =>
  Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');

const makeKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(KEY, true, ['sign', 'verify']);

const exported = async (keys: CryptoKeyPair): Promise<string> =>
  pemOf(await crypto.subtle.exportKey('pkcs8', keys.privateKey));

const validity = (now: number, days: number) => ({
  notBefore: new Date(now - BEFORE_MILLIS),
  notAfter: new Date(now + days * DAY_MILLIS),
});

/** Positive, as the standard has it. */
const serial = (): string => `01${randomBytes(15).toString('hex')}`;

export async function makeAuthority(now: number, days: number): Promise<KeyPair> {
  const keys = await makeKeys();
  const made = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      // Of one name each: two authorities that are trusted at once must not be taken for each other.
      name: `CN=sluice-webhook-${randomBytes(6).toString('hex')}`,
      ...validity(now, days),
      signingAlgorithm: SIGNING,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    },
    crypto,
  );
  return { certificate: `${made.toString('pem')}\n`, key: await exported(keys) };
}

/** @param names DNS names or addresses that are asked for */
export async function issue(
  authority: KeyPair,
  names: readonly string[],
  { now, days }: { readonly now: number; readonly days: number },
): Promise<KeyPair> {
  const keys = await makeKeys();
  const signingKey = await crypto.subtle.importKey('pkcs8', bytesOf(authority.key), KEY, false, ['sign']);
  const made = await X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: `CN=${names[0] ?? 'sluice'}`,
      issuer: new Certificate(authority.certificate).subject,
      ...validity(now, days),
      signingAlgorithm: SIGNING,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({
            type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
            value,
          })),
        ),
      ],
    },
    crypto,
  );
  return { certificate: `${made.toString('pem')}\n`, key: await exported(keys) };
}

/** Each certificate of a text of several. */
export const certificatesIn = (pem: string): readonly string[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => `${text}\n`);

export const endOf = (pem: string): number => Date.parse(new X509Certificate(pem).validTo);

/** Whether so much of its time is over. */
export function isDue(pem: string, now: number, part: number): boolean {
  const { validFrom, validTo } = new X509Certificate(pem);
  const from = Date.parse(validFrom);
  return now >= from + (Date.parse(validTo) - from) * part;
}

/** Whether a certificate is by this authority, and for these names. */
export function isBy(pem: string, authority: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(pem);
  if (!certificate.verify(new X509Certificate(authority).publicKey)) return false;
  return names.every((name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)));
}

/** Whether a certificate can be read, and the key is its own. */
export function isPair({ certificate, key }: KeyPair): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    // OpenSSL's own words for what is no certificate or key.
    if (error instanceof Error) return false;
    throw error;
  }
}

export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).ca;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

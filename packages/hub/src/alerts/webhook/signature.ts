/** How a receiver knows that a notification is the hub's, whole and new: HMAC-SHA-256 over its time and its body. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const SIGNATURE_HEADER = 'sluice-signature';

/** @returns `t=SECONDS,v1=HEX` over `SECONDS.BODY` */
export function sign(body: string, key: string, millis: number): string {
  const seconds = Math.floor(millis / 1_000);
  return `t=${seconds},v1=${digest(body, key, seconds).toString('hex')}`;
}

const digest = (body: string, key: string, seconds: number): Buffer =>
  createHmac('sha256', key).update(`${seconds}.${body}`).digest();

const FORM = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/** For receivers in JavaScript. @param toleranceSeconds older and newer ones are refused */
export function verify(
  header: string,
  body: string,
  key: string,
  { millis = Date.now(), toleranceSeconds = 300 } = {},
): boolean {
  const [, seconds = '', hex = ''] = FORM.exec(header) ?? [];
  if (hex === '' || Math.abs(millis / 1_000 - Number(seconds)) > toleranceSeconds) return false;
  return timingSafeEqual(Buffer.from(hex, 'hex'), digest(body, key, Number(seconds)));
}

/** Settings that every configuration has, checked once. */
import { isIP } from 'node:net';
import { refuse } from './errors.ts';
import type { GuardSettings } from './resources/policies.ts';

/** @throws EnvoyConfigError ENVOY_OPTION */
export function checkSettings({ maxRequestBytes, verdictMillis, statusOnError }: GuardSettings): void {
  if (!Number.isInteger(maxRequestBytes) || maxRequestBytes < 1)
    refuse('maxRequestBytes', 'not a number of bytes');
  if (!(verdictMillis > 0)) refuse('verdictMillis', 'not a time');
  if (!Number.isInteger(statusOnError) || statusOnError < 400 || statusOnError > 599)
    refuse('statusOnError', 'not a status of 400 to 599');
}

/** @throws EnvoyConfigError ENVOY_OPTION */
export function checkRange(option: string, range: string): void {
  const [address = '', length = '', ...rest] = range.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const fits = /^\d{1,3}$/.test(length) && Number(length) <= bits;
  if (isIP(address) === 0 || !fits || rest.length > 0) refuse(option, `${range} is no CIDR range`);
}

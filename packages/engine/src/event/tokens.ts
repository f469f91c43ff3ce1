/**
 * Secrets that a text shows by their form, wherever they stand: credentials behind the name of their scheme, JSON web tokens,
 * keys of well-known services, private keys in PEM. Case does not count, for transformations fold it.
 *
 * Each alternative fails within a bounded number of characters or takes all that it looked at: linear in the text.
 */
import type { Span } from './spans.ts';

const FORMS: readonly string[] = [
  // RFC 7617, RFC 6750.
  '(?:bearer|basic)(?:[\\s+]|%20){1,4}([a-z0-9._~+/=%-]{8,})',
  // RFC 7519: the header is a JSON object.
  'eyJ[a-z0-9_-]{10,}(?:(?:\\.|%2e)[a-z0-9_-]*){0,4}',
  // AWS access key ids.
  '(?<![a-z0-9])(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|ANPA|ANVA|AROA|AIPA)[a-z0-9]{16}',
  // GitHub, GitLab.
  'gh[pousr]_[a-z0-9]{20,}',
  'github_pat_[a-z0-9_]{20,}',
  'gl(?:pat|dt|rt|cbt|ptt)-[a-z0-9_-]{16,}',
  // Slack.
  'xox[abeoprs]-[a-z0-9-]{10,}',
  'xapp-[a-z0-9-]{10,}',
  'hooks\\.slack\\.com/services/[a-z0-9/]{8,}',
  // Stripe, Google, npm, others that begin as those do.
  '(?:sk|rk|pk)_(?:live|test)_[a-z0-9]{10,}',
  'AIza[a-z0-9_-]{35}',
  'ya29\\.[a-z0-9_-]{10,}',
  'npm_[a-z0-9]{30,}',
  '(?<![a-z0-9])sk-[a-z0-9_-]{20,}',
  // RFC 7468, to its end or to that of the text; blanks may be gone, or be plus signs.
  '-{5}BEGIN[a-z0-9\\s+]{0,40}PRIVATE[\\s+]{0,4}KEY(?:[\\s+]{0,4}BLOCK)?-{5}[\\s\\S]*?(?:-{5}END[a-z0-9\\s+]{0,60}-{5}|$)',
];

/** What each of them begins with, or has in it: most texts have none of that. Case does not count. */
export const TOKEN_HINTS =
  'bearer|basic|eyJ|A(?:KIA|SIA|BIA|CCA|GPA|IDA|NPA|NVA|ROA|IPA|Iza)|gh[pousr]_|github_pat|gl(?:pat|dt|rt|cbt|ptt)-|xox|xapp-|slack|_(?:live|test)_|ya29|npm_|sk-|-{5}';

const TOKENS = new RegExp(FORMS.join('|'), 'gi');

/** Of credentials those alone, and not the name of their scheme. */
export function* findTokens(text: string): Generator<Span> {
  for (const { index, 0: token, 1: credentials } of text.matchAll(TOKENS)) {
    const end = index + token.length;
    yield { start: credentials === undefined ? index : end - credentials.length, end };
  }
}

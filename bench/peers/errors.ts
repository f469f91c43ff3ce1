/** Errors of the programs around other engines. */
interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const PEER_ERRORS = {
  PEER_UNAVAILABLE: {
    message: 'the peer {peer} cannot be built: {reason}',
    remedy: 'Bring what is missing, or do without this peer. Details: {log}',
  },
  PEER_REFUSED_RULES: {
    message: 'the peer {peer} did not start: {reason}',
    remedy: 'Adapt the rules to what this engine takes (bench/peers/rules.ts).',
  },
  PEER_FAILED: {
    message: 'the peer {peer} failed: {reason}',
    remedy: 'Start it by hand with the request at hand; its standard error is quoted here.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type PeerErrorCode = keyof typeof PEER_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: PeerErrorCode;
  readonly remedy: string;

  constructor(code: PeerErrorCode, details: Readonly<Record<string, string>>) {
    super(`${fill(PEER_ERRORS[code].message, details)} [${code}]`);
    this.code = code;
    this.remedy = fill(PEER_ERRORS[code].remedy, details);
  }
}

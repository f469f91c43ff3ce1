/** Versions of Envoy with defects that matter here, each as its release notes tell it. */
import { type Finding, finding } from './codes.ts';

interface KnownBug {
  readonly fixed: readonly [number, number, number];
  readonly bug: string;
}

const BUGS: readonly KnownBug[] = [
  {
    fixed: [1, 39, 0],
    bug: 'an ext_proc filter whose gRPC client cannot be built lets requests through, whatever failure_mode_allow says',
  },
  {
    fixed: [1, 39, 0],
    bug: 'a gRPC service that a route overrides is used after it was freed (CVE-2026-47205)',
  },
  { fixed: [1, 40, 0], bug: 'a CONNECT request crashes Envoy in ext_authz (CVE-2026-73547)' },
  { fixed: [1, 40, 0], bug: 'requests are smuggled behind an upgrade (CVE-2026-73548)' },
];

/** @param version major.minor.patch, with anything behind it; empty gives nothing */
export function versionFindings(version: string): readonly Finding[] {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return [];
  return BUGS.filter(({ fixed }) => isBefore(parts, fixed)).map(({ fixed, bug }) =>
    finding('VERSION', 'version', { version, bug, fixed: fixed.join('.') }),
  );
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (const [index, part] of other.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}

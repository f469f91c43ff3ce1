/** Whether this process may do what the agent does: told at once, in a plain message, instead of by the first failure. */
import { readFileSync } from 'node:fs';
import { NodeAgentError } from './errors.ts';

/** Numbers of linux/capability.h. Measured: test/interception/capabilities.test.ts. */
const NEEDED = {
  /** To give Envoy fewer than the agent has. */
  CAP_SETPCAP: 8,
  /** nftables and routing in pods. */
  CAP_NET_ADMIN: 12,
  /** Envoy's, which cannot have what the agent has not. */
  CAP_NET_RAW: 13,
  /** To enter pods' network namespaces. */
  CAP_SYS_ADMIN: 21,
} as const;

/** @throws NodeAgentError NODE_AGENT_ROOT_NEEDED */
export function demandCapabilities(): void {
  const effective = BigInt(
    `0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`,
  );
  const missing = Object.entries(NEEDED)
    .filter(([, bit]) => ((effective >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => name);
  if (missing.length === 0) return;
  throw new NodeAgentError('NODE_AGENT_ROOT_NEEDED', { what: missing.join(', ') });
}

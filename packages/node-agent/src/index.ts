/**
 * Brings what selected pods receive to the node's Envoy, from inside their network namespaces:
 *
 *     const agent = new NodeAgent({ tablePath, stateDirectory, binary, node, concurrency, drainSeconds, log });
 *     await agent.start();
 *     process.once('SIGTERM', () => void agent.stop());
 *     await agent.ended;
 */
export { NodeAgent, type NodeAgentOptions } from './agent.ts';
export { CONTROL_SOCKET, tellAgent } from './control.ts';
export { NODE_AGENT_ERRORS, NodeAgentError, type NodeAgentErrorCode } from './errors.ts';
export { DRAIN_SECONDS, ENVOY_CONCURRENCY, REDIRECT_PORTS } from './limits.ts';
export type { Log } from './log.ts';
export { type AgentStatus, type Condition, readStatus, STATUS_FILE } from './status.ts';
export { parseTable, readTable } from './table/read.ts';
export type { AgentTable, TablePod, TableSettings } from './table/schema.ts';
export { type Uninstalled, type UninstallOptions, uninstall } from './uninstall.ts';

/** Every error that the node agent raises on purpose. docs/errors.md lists the same codes. */
export const NODE_AGENT_ERRORS = {
  TABLE_UNREADABLE: {
    message: 'cannot read the table {path}: {reason}',
    remedy: 'Check the path and its permissions; replace a table by rename, whole.',
  },
  TABLE_SYNTAX: { message: '{reason}', remedy: 'Correct the YAML or JSON at the place shown.' },
  TABLE_INVALID: {
    message: '{reason}',
    remedy: 'Correct the field at the place shown (docs/interception.md).',
  },
  NODE_AGENT_ROOT_NEEDED: {
    message: 'the node agent needs {what}',
    remedy: 'Run it as root, or give it the capabilities of docs/interception.md.',
  },
  NODE_AGENT_TOOL: {
    message: 'cannot run {tool}: {reason}',
    remedy: 'Install nftables, iproute2 and util-linux: ./sluice setup does so as root.',
  },
  NODE_AGENT_COMMAND: {
    message: '{what} failed: {reason}',
    remedy: 'Correct what it says; the agent tries again by itself.',
  },
  NODE_AGENT_RUNNING: {
    message: 'a node agent runs on {directory} already',
    remedy: 'Stop it first, or give this one another --state.',
  },
  NODE_AGENT_NOT_RUNNING: {
    message: 'no node agent runs on {directory}',
    remedy: 'Start one: sluice node-agent run; or check --state.',
  },
  NODE_AGENT_STATE: {
    message: '{path} is damaged: {reason}',
    remedy: 'Run sluice node-agent uninstall, then start the agent again.',
  },
  NODE_ENVOY_START: {
    message: 'Envoy cannot be started: {reason}',
    remedy: 'Check that {binary} may be executed.',
  },
  NODE_ENVOY_READY: {
    message: 'Envoy {how}. Its last words: {log}',
    remedy: 'Correct what they say; the agent tries again by itself.',
  },
  NODE_ENVOY_ADMIN: {
    message: "Envoy's admin interface answered {path} with {reason}",
    remedy: 'Check that this is the pinned version of Envoy: ./sluice doctor.',
  },
} as const;

export type NodeAgentErrorCode = keyof typeof NODE_AGENT_ERRORS;

type Details = Readonly<Record<string, string | number>>;

const fill = (template: string, details: Details): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** Where in a table something stands. Lines and columns count from 1. */
export interface TablePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface NodeAgentErrorOptions {
  readonly position?: TablePosition;
  readonly cause?: unknown;
}

export class NodeAgentError extends Error {
  override readonly name = 'NodeAgentError';
  readonly code: NodeAgentErrorCode;
  readonly remedy: string;

  constructor(code: NodeAgentErrorCode, details: Details, options: NodeAgentErrorOptions = {}) {
    const { position, cause } = options;
    const place = position === undefined ? '' : `${position.file}:${position.line}:${position.column}: `;
    const { message, remedy } = NODE_AGENT_ERRORS[code];
    super(`${place}${fill(message, details)} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = fill(remedy, details);
  }
}

/** The text of something thrown, for a message of ours. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

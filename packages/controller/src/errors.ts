/** Every error that the controller raises on purpose. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const CONTROLLER_ERRORS = {
  KUBERNETES_UNREACHABLE: {
    message: 'the API server does not answer: {reason}',
    remedy: 'Check the kubeconfig, or the service account of the pod.',
  },
  KUBERNETES_REFUSED: {
    message: 'the API server refuses {what} with {status}: {reason}',
    remedy: 'Check the rights of the service account, and that the kinds of deploy/crds are installed.',
  },
  CLUSTER_NOT_READ: {
    message: 'the cluster could not be read within {seconds} s: {problems}',
    remedy: 'Try again; where it stays, see whether the API server is overloaded.',
  },
  SERVICE_UNKNOWN: {
    message: 'there is no Service {service}',
    remedy: 'See kubectl get services -A, and name its namespace with -n.',
  },
  SERVICES_HIDDEN: {
    message: 'Services of {namespace} may not be seen: {reason}',
    remedy: 'Ask for the role sluice-view in this namespace; docs/status.md has it ready to be bound.',
  },
  DEFINITION_NOT_SERVED: {
    message:
      'the API server has taken the definition {name} and does not serve it after {seconds} s: {reason}',
    remedy: 'Look at the conditions of the CustomResourceDefinition; another one may have its names.',
  },
  PLAN_INVALID: {
    message: 'a plan holds what cannot be: {what}',
    remedy: 'Delete the ConfigMap that holds it: the controller writes it anew.',
  },
  JUDGE_FAILED: {
    message: 'rules of RuleSets cannot be judged: {reason}',
    remedy: 'Check the rule files of the base, and that the controller may have memory for them.',
  },
  ADMISSION_LATE: {
    message: 'it could not be decided within {millis} ms whether this may be let in',
    remedy: 'Try again: what was begun is kept.',
  },
  JUDGE_BUSY: {
    message: '{count} policies wait for their rules to be judged',
    remedy: 'Try again later.',
  },
  POLICY_DAMAGED: {
    message: 'the ConfigMap {name} does not hold the policy that its name says: {reason}',
    remedy: 'Delete it: the controller writes it again.',
  },
  OPERATORS_LISTEN: {
    message: 'cannot listen on {address}: {reason}',
    remedy: 'Choose an address of this machine and a free port.',
  },
  WEBHOOK_LISTEN: {
    message: 'the webhook cannot listen on {address}: {reason}',
    remedy: 'Choose a free port with --webhook-port.',
  },
  KUBERNETES_ANSWER_INVALID: {
    message: 'the API server answers {path} with what cannot be read: {reason}',
    remedy: 'Check that the address of the kubeconfig is an API server, and what stands in front of it.',
  },
  KUBECONFIG_ABSENT: {
    message: 'no cluster is named: there is no kubeconfig, and this is no pod with a service account',
    remedy: 'Pass --kubeconfig or set KUBECONFIG; in a pod, set automountServiceAccountToken.',
  },
  KUBECONFIG_INVALID: {
    message: 'the kubeconfig {path} cannot be used: {reason}',
    remedy: 'Check it with `kubectl --kubeconfig FILE get namespaces`.',
  },
  WATCH_SILENT: {
    message: 'a watch of {path} has said nothing for {seconds} s',
    remedy: 'It is begun anew. Where this goes on, look at what stands between this and the API server.',
  },
  WATCH_LIMIT: {
    message: 'more than {limit} objects of {kind}',
    remedy: 'What is known stays in force. Remove objects of the kind.',
  },
  RUNTIME_UNREACHABLE: {
    message: 'the container runtime does not answer on {socket}: {reason}',
    remedy:
      'Mount its socket, and name it with --cri-socket: /run/containerd/containerd.sock, /run/crio/crio.sock.',
  },
  NODE_BASE_INVALID: {
    message: 'the base of sluice.yaml cannot be used: {reason}',
    remedy: 'Correct the file that --base names. What is in force stays so.',
  },
  NODE_CONFIG_REFUSED: {
    message: 'the policies cannot be put into force: {reason}',
    remedy: 'What is in force stays so; look at the policy that is named.',
  },
} as const;

export type ControllerErrorCode = keyof typeof CONTROLLER_ERRORS;

export class ControllerError extends CodedError<ControllerErrorCode> {
  override readonly name = 'ControllerError';

  constructor(code: ControllerErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(CONTROLLER_ERRORS, code, details, cause);
  }
}

/** Message of what was thrown, whatever it is. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

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
  PLAN_INVALID: {
    message: 'a plan holds what cannot be: {what}',
    remedy: 'Delete the ConfigMap that holds it: the controller writes it anew.',
  },
  POLICY_DAMAGED: {
    message: 'the ConfigMap {name} does not hold the policy that its name says: {reason}',
    remedy: 'Delete it: the controller writes it again.',
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

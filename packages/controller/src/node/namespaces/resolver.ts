/** Where a pod's network namespace is: only the node knows. */

export interface NamespaceResolver {
  /**
   * @param uids of pods
   * @returns paths that Envoy and the agent can open, by UID. What is not there is not known yet, and is asked for again.
   * @throws ControllerError RUNTIME_UNREACHABLE where nobody can be asked
   */
  resolve(uids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  close(): void;
}

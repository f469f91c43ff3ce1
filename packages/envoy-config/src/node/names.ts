/** What a pod's resources are called, and what their names stand for. */
import type { InterceptedPod, InterceptedPort, IpFamily, NamedPolicy } from '../table.ts';

/** The port's own policy, or else its pod's. */
export function policyOf(pod: InterceptedPod, port: InterceptedPort): NamedPolicy {
  if (port.policy !== undefined) return port.policy;
  const { policy: name, mode, unavailable, dataPath, profile, responses } = pod;
  return {
    ...{ name, mode, unavailable },
    ...(dataPath === undefined ? {} : { dataPath }),
    ...(profile === undefined ? {} : { profile }),
    ...(responses === undefined ? {} : { responses }),
  };
}

export const blocks = (pod: InterceptedPod, port: InterceptedPort): boolean =>
  policyOf(pod, port).mode === 'Block';

export const isInspected = ({ protocol, tls }: InterceptedPort): boolean =>
  protocol === 'http' || protocol === 'h2c' || (protocol === 'tls' && tls !== undefined);

export const resourceName = (pod: InterceptedPod, family: IpFamily): string => `pod/${pod.uid}/${family}`;

export const clusterName = (pod: InterceptedPod, family: IpFamily, tls: boolean): string =>
  `${resourceName(pod, family)}/${tls ? 'tls' : 'plain'}`;

export const managerName = (pod: InterceptedPod, family: IpFamily, { number }: InterceptedPort): string =>
  `${resourceName(pod, family)}/${number}`;

/** The resources of a node's Envoy from its table. Pure: the same table gives the same bytes. */
import { refuse } from './errors.ts';
import { DEFAULTS, MARK_MAX, PORT_MAX } from './limits.ts';
import { listenerOf } from './node/listener.ts';
import { blocks, clusterName, isInspected, managerName, policyOf } from './node/names.ts';
import { type PortRoutes, routeTables } from './node/routes.ts';
import { originalCluster, sluiceCluster } from './resources/clusters.ts';
import { checkRange, checkSettings } from './settings.ts';
import type {
  InterceptedPod,
  InterceptedPort,
  IpFamily,
  NamedResource,
  NodeConfig,
  NodeSettings,
  NodeTable,
  PortOutcome,
} from './table.ts';

type Settings = Required<NodeSettings>;

/**
 * @param directory of Envoy's files, absolute, where its listeners find their routes
 * @throws EnvoyConfigError ENVOY_OPTION, with the place in the table
 */
export function nodeConfig(table: NodeTable, directory = '.'): NodeConfig {
  const settings: Settings = { ...DEFAULTS, trustedProxies: [], ...table.settings };
  check(settings, table.pods);
  const intercepted = table.pods.filter((pod) =>
    pod.ports.some((port) => outcome(pod, port).state !== 'NotInspected'),
  );
  const each = intercepted.flatMap((pod) => pod.ipFamilies.map((family) => ({ pod, family })));
  return {
    listeners: each.map(({ pod, family }) => listenerOf(pod, family, { ...settings, directory })),
    routes: routeTables(
      each.flatMap(({ pod, family }) => portsOf(pod, family)),
      settings.maxRequestBytes,
    ),
    clusters: [
      sluiceCluster(settings.sluiceSockets),
      ...each.flatMap(({ pod, family }) => clustersOf(pod, family)),
    ],
    ports: table.pods.flatMap((pod) => pod.ports.map((port) => outcome(pod, port))),
  };
}

const portsOf = (pod: InterceptedPod, family: IpFamily): readonly PortRoutes[] =>
  pod.ports.filter(isInspected).map((port) => ({
    name: managerName(pod, family, port),
    port,
    policy: policyOf(pod, port),
    released: pod.released === true,
  }));

/** What becomes of a port. */
function outcome(pod: InterceptedPod, port: InterceptedPort): PortOutcome {
  const at = { pod: pod.uid, port: port.number };
  if (isInspected(port)) return { ...at, state: 'Inspected', reason: null };
  const reason = port.protocol === 'tls' ? 'TlsWithoutKey' : 'NotHttp';
  const allowed = !blocks(pod, port) || port.uninspected === 'Allow';
  return { ...at, state: allowed ? 'NotInspected' : 'Refused', reason };
}

function clustersOf(pod: InterceptedPod, family: IpFamily): readonly NamedResource[] {
  const inspected = pod.ports.filter(isInspected);
  const kinds = [false, true].filter((tls) => inspected.some((port) => (port.protocol === 'tls') === tls));
  // What Detect lets through as it is goes to the workload in the clear, whatever its ports speak.
  const needed = new Set(pod.ports.every((port) => blocks(pod, port)) ? kinds : [false, ...kinds]);
  return [...needed].map((tls) =>
    originalCluster({
      name: clusterName(pod, family, tls),
      family,
      networkNamespacePath: pod.networkNamespacePath,
      tls,
    }),
  );
}

function check(settings: Settings, pods: readonly InterceptedPod[]): void {
  const { sluiceSockets, redirectPort, originalSourceMark, trustedProxies } = settings;
  if (sluiceSockets.length === 0) refuse('sluiceSockets', 'none is given');
  checkPort('redirectPort', redirectPort);
  if (!Number.isInteger(originalSourceMark) || originalSourceMark < 1 || originalSourceMark > MARK_MAX)
    refuse('originalSourceMark', `${originalSourceMark} is no mark of 1 to ${MARK_MAX}`);
  for (const range of trustedProxies) checkRange('trustedProxies', range);
  checkSettings(settings);
  const uids = new Set<string>();
  const namespaces = new Set<string>();
  for (const pod of pods) {
    const place = `pods.${pod.namespace}/${pod.name}`;
    if (uids.has(pod.uid)) refuse(place, `another pod has uid ${pod.uid} too`);
    // Envoy would refuse the second of two listeners at one address.
    if (namespaces.has(pod.networkNamespacePath))
      refuse(place, `another pod is in ${pod.networkNamespacePath} too`);
    uids.add(pod.uid);
    namespaces.add(pod.networkNamespacePath);
    checkPod(place, pod);
  }
}

/** It goes into a header of each request. */
const NAME = /^[\x21-\x7e]+$/;

/** As a token of HTTP. Envoy knows no case here, and refuses what is there twice. */
const UPGRADE = /^[a-z0-9!#$%&'*+.^_`|~/-]+$/;

/** What Envoy refuses in one virtual host keeps all of a table from it. */
function checkPolicyName(place: string, name: string): void {
  if (!name.isWellFormed()) refuse(place, `policy ${JSON.stringify(name)} is no text`);
}

function checkPod(place: string, pod: InterceptedPod): void {
  if (pod.uid === '' || pod.policy === '') refuse(place, 'uid or policy is empty');
  if (!NAME.test(pod.uid)) refuse(place, 'uid is not ASCII without spaces');
  checkPolicyName(place, pod.policy);
  if (!pod.networkNamespacePath.startsWith('/')) refuse(place, 'networkNamespacePath is no absolute path');
  if (pod.ipFamilies.length === 0) refuse(place, 'it has no IP family');
  if (new Set(pod.ipFamilies).size < pod.ipFamilies.length) refuse(place, 'it names an IP family twice');
  const numbers = new Set<number>();
  for (const { number, protocol, tls, policy, upgrades = [] } of pod.ports) {
    if (policy?.name === '') refuse(`${place}.ports`, `the policy of ${number} has no name`);
    checkPolicyName(`${place}.ports`, policy?.name ?? pod.policy);
    for (const upgrade of upgrades)
      if (!UPGRADE.test(upgrade))
        refuse(`${place}.ports`, `upgrade ${JSON.stringify(upgrade)} of ${number} is no name in lower case`);
    checkPort(`${place}.ports`, number);
    if (numbers.has(number)) refuse(place, `it names port ${number} twice`);
    numbers.add(number);
    if (tls !== undefined && protocol !== 'tls')
      refuse(`${place}.ports`, `${number} has a key and speaks no TLS`);
  }
}

function checkPort(option: string, port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > PORT_MAX) refuse(option, `${port} is no port`);
}

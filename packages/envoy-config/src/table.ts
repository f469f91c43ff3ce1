/**
 * What a node's Envoy is to do, as data: settings of the node, and the pods whose traffic it sees. `nodeConfig` (node.ts)
 * makes of it what Envoy reads, and does nothing else: the same table gives the same bytes.
 */
import type { StreamProfile } from './contract.ts';

/** What Envoy has to know of a policy. The rest is Sluice's own business. */
export interface GuardPolicy {
  readonly mode: 'Off' | 'Detect' | 'Block';
  /** Where Sluice does not answer: refuse, or let through. Off and Detect let through whatever it says. */
  readonly unavailable: 'Closed' | 'Open';
  /** Default: `ext_authz`. */
  readonly dataPath?: DataPath;
  /** Of `ext_proc`; default: `streaming`. Off and Detect hold nothing back, so `buffered` is `streaming` to them. */
  readonly profile?: BodyProfile;
  /** With `ext_proc`, Sluice sees responses too; default: false. */
  readonly responses?: boolean;
}

/** A policy with the name that Sluice knows it by. */
export interface NamedPolicy extends GuardPolicy {
  readonly name: string;
}

/** How Envoy asks. `ext_authz`: once, with the request whole or cut. `ext_proc`: in a stream, with what comes as it comes. */
export const DATA_PATHS = ['ext_authz', 'ext_proc'] as const;
export type DataPath = (typeof DATA_PATHS)[number];

/** What is done with bodies in a stream (contract.ts). */
export const BODY_PROFILES = ['streaming', 'buffered', 'window'] as const satisfies readonly StreamProfile[];
export type BodyProfile = (typeof BODY_PROFILES)[number];

/**
 * What is spoken on a port, as the cluster declares it (appProtocol, the port's name, an annotation). Nobody sniffs:
 * - `http`: HTTP/1.0, HTTP/1.1 and HTTP/2 with prior knowledge; the workload is asked in the version that its client chose.
 * - `h2c`: HTTP/2 with prior knowledge and nothing else.
 * - `tls`: HTTP inside TLS. Inspected where `tls` gives the key, else like `tcp`.
 * - `tcp`: anything else. Not inspected.
 */
export type PortProtocol = 'http' | 'h2c' | 'tls' | 'tcp';

/** PEM files that Envoy can read. A new certificate is a new path: Envoy reads them when the listener changes. */
export interface TlsFiles {
  readonly certificateChainPath: string;
  readonly privateKeyPath: string;
}

export interface InterceptedPort {
  /** 1 to 65,535: the container's port, which is what the redirected connection was for. */
  readonly number: number;
  readonly protocol: PortProtocol;
  readonly tls?: TlsFiles;
  /**
   * The policy's line about what cannot be inspected on this port (`tcp`, and `tls` without a key). Without it Block refuses.
   * Detect and Off let it through whatever this says.
   */
  readonly uninspected?: 'Allow' | 'Refuse';
  /** HTTP upgrades that the workload needs, in lower case, `websocket` for one. What they carry is not inspected. */
  readonly upgrades?: readonly string[];
  /** Default: `Normalised` in Block. Detect and Off always leave it `AsSent`. */
  readonly paths?: PathTreatment;
  /** In place of the pod's policy, whole: nothing of that one is inherited. */
  readonly policy?: NamedPolicy;
}

/**
 * What Envoy does to a path before Sluice and the workload see it; both see the same one in any case.
 * - `AsSent`: nothing.
 * - `Normalised`: dot segments are resolved, slashes merged. An escaped slash stays, for it is data to many APIs.
 * - `Strict`: and a path with an escaped slash or backslash is refused with 400.
 */
export type PathTreatment = 'AsSent' | 'Normalised' | 'Strict';

export type IpFamily = 'IPv4' | 'IPv6';

/** One selected pod. */
export interface InterceptedPod extends GuardPolicy {
  readonly namespace: string;
  readonly name: string;
  /** Unique among the pods of the table and kept for the pod's life; the pod's UID. Listeners and clusters are named after it. */
  readonly uid: string;
  /** The pod's network namespace as a path that Envoy can open: /var/run/netns/cni-…, /proc/PID/ns/net. */
  readonly networkNamespacePath: string;
  readonly ports: readonly InterceptedPort[];
  /** Key of the policy, which Sluice finds it by. It depends on the destination only. */
  readonly policy: string;
  /** One listener for each. */
  readonly ipFamilies: readonly IpFamily[];
  /** It is selected no more, and has connections that may end by themselves: nobody is asked about what comes on them. */
  readonly released?: boolean;
}

/** The same for all pods of a node. */
export interface NodeSettings {
  /** Unix sockets of Sluice's processes, one each. */
  readonly sluiceSockets: readonly string[];
  /** Port that the pods' rulesets redirect to, inside the pods. */
  readonly redirectPort: number;
  /** SO_MARK of connections from Envoy to a workload, by which the pod's ruleset and routing know them; 1 to 2^32-1. */
  readonly originalSourceMark: number;
  /** CIDR ranges of proxies whose X-Forwarded-For is believed: an ingress. Everybody else is who connects. */
  readonly trustedProxies?: readonly string[];
  /** A longer body is refused with 413 in Block, and inspected up to here otherwise. */
  readonly maxRequestBytes?: number;
  /** Time for Sluice's verdict; the server's own deadline (verdictMillisMax) should be shorter. */
  readonly verdictMillis?: number;
  /** HTTP status, 400 to 599, where Sluice does not answer and the policy is Closed. */
  readonly statusOnError?: number;
  /** File of the access log; null or nothing writes none. */
  readonly accessLog?: string | null;
}

export interface NodeTable {
  readonly settings: NodeSettings;
  readonly pods: readonly InterceptedPod[];
}

/** What becomes of a port. The agent redirects `Inspected` and `Refused`, and leaves `NotInspected` alone. */
export interface PortOutcome {
  readonly pod: string;
  readonly port: number;
  readonly state: 'Inspected' | 'Refused' | 'NotInspected';
  /** Why it is not inspected; null where it is. */
  readonly reason: 'TlsWithoutKey' | 'NotHttp' | null;
}

/** Envoy's resources as JSON of its protos, each named. */
export interface NodeConfig {
  readonly listeners: readonly Listener[];
  /** What chains of filters find by name, in the folder that the configuration was made for: a few, however many pods there are. */
  readonly routes: readonly RoutesFile[];
  readonly clusters: readonly NamedResource[];
  /** One for each port of each pod, in the table's order; `pod` is the pod's uid. */
  readonly ports: readonly PortOutcome[];
}

/** Its chains of filters, which connections that were made by them go on with. */
export interface Listener extends NamedResource {
  readonly filter_chains: readonly NamedResource[];
}

/** Envoy takes one table from a file. */
export interface RoutesFile {
  /** Below the folder of Envoy's files. */
  readonly file: string;
  readonly table: RouteTable;
}

export interface RouteTable extends NamedResource {
  readonly virtual_hosts: readonly VirtualHost[];
}

export interface VirtualHost extends NamedResource {
  /** What it is found by; two of a table have none in common. */
  readonly domains: readonly string[];
}

export interface NamedResource {
  readonly name: string;
  readonly [field: string]: Json | undefined;
}

/** Envoy's configuration is JSON of its protos: built as plain objects, written once. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

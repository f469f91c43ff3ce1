/** A controller as a process of its own, with a plan of many nodes. Options as one text of JSON. */
import { Controller } from '../../packages/controller/src/controller.ts';
import { PlainApi } from './plain-api.ts';
import { GivenWorld, nodeOf, planOf, podOf, policyOf } from './planned.ts';

export interface WritingOptions {
  readonly url: string;
  readonly token: string;
  readonly authority: string;
  readonly namespace: string;
  readonly nodes: number;
  readonly lease: {
    readonly durationMillis: number;
    readonly renewMillisMax: number;
    readonly retryMillis: number;
  };
}

const options: WritingOptions = JSON.parse(process.argv[2] ?? '{}');
const policy = policyOf('default');
const nodes = Array.from({ length: options.nodes }, (_, index) =>
  nodeOf(`n${index}`, [podOf(String(index), policy.name)], [policy]),
);
const controller = new Controller({
  source: new GivenWorld(),
  planner: () => () => planOf({ policies: [policy], nodes }),
  api: new PlainApi(options.url, options.token, options.authority),
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  namespace: options.namespace,
  lease: options.lease,
});
controller.start();

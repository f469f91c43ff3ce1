/** The controller as a process of its own, without webhook and judge: node controller.ts KUBECONFIG. Says `settled` each time when all that it planned stands. */
import {
  ApiClient,
  Controller,
  loadKubeconfig,
  Mirror,
  Planner,
  policiesByName,
} from '../../packages/controller/src/index.ts';

const [kubeconfig = ''] = process.argv.slice(2);
const client = new ApiClient(loadKubeconfig({ kubeconfig }));
const complain = (fields: object, message: string): void => {
  process.stderr.write(`${JSON.stringify({ message, ...fields })}\n`);
};
const log = { info: () => undefined, warn: complain, error: complain };
const source = new Mirror({ client, log });
const controller = new Controller({
  ...{ source, log, api: client },
  planner: (inForce) => {
    const planner = new Planner(policiesByName(inForce));
    return (world) => {
      const plan = planner.plan(world);
      // Behind this turn it has been handed to what writes it. One whose term has ended in between has settled nothing.
      setImmediate(() => {
        void controller.settled().then(() => {
          if (controller.leading) process.stdout.write('settled\n');
        });
      });
      return plan;
    };
  },
});
source.start();
controller.start();
process.once('SIGTERM', () => void controller.stop().then(() => source.stop().then(() => client.close())));

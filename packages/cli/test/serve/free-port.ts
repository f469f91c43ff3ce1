/** A TCP port of this machine that nobody listens on, for a process that is told its port. */
import { createServer } from 'node:net';

/** Below those that the kernel gives to outgoing connections (32,768 and more) and to who asks for any. */
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;

/** Another one at each call, as good as always: tests run beside each other. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN));
    const server = createServer();
    const isFree = await new Promise<boolean>((done) => {
      server.once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => done(true));
    });
    if (!isFree) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

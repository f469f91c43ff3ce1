/** Two connections as one: what breaks here breaks there. */
import type { Socket } from 'node:net';

export function join(near: Socket, far: Socket): void {
  near.pipe(far);
  far.pipe(near);
  const end = (): void => {
    near.destroy();
    far.destroy();
  };
  for (const one of [near, far]) one.once('error', end).once('close', end);
}

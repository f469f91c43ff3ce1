/** Clients that ask as fast as they are answered, good requests and attacks in turn, over connections that they keep. */
import { Agent, request } from 'node:http';
import { ATTACK } from './stand.ts';

export interface Asked {
  readonly isAttack: boolean;
  /** `reset` where no answer came. */
  readonly status: number | 'reset';
}

const CLIENTS = 16;
/** Of ten requests one is an attack. */
const ATTACK_EVERY = 10;

/** @param goesOn asked before each request, with the number of those before it */
export async function load(
  port: number,
  goesOn: (asked: number) => boolean,
  each: (asked: Asked) => void,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let asked = 0;
  const client = async (): Promise<void> => {
    while (goesOn(asked)) {
      const isAttack = asked++ % ATTACK_EVERY === 0;
      each({ isAttack, status: await ask(agent, port, isAttack ? `/attack?q=${ATTACK}` : '/good') });
    }
  };
  try {
    await Promise.all(Array.from({ length: CLIENTS }, client));
  } finally {
    agent.destroy();
  }
  return asked;
}

function ask(agent: Agent, port: number, path: string): Promise<number | 'reset'> {
  return new Promise((resolve) => {
    const sent = request(
      { agent, host: '127.0.0.1', port, path, headers: { host: 'shop.example' } },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
        response.once('error', () => resolve('reset'));
      },
    );
    sent.once('error', () => resolve('reset'));
    sent.end();
  });
}

/** The console beside a hub, and the words that lead a first user in. */
import { Console, Pages, type PolicyDesk } from '@sluice/console';
import type { ConsoleConfig, EventStore, Hub } from '@sluice/hub';
import type { Logger } from 'pino';

export interface RunningConsole {
  readonly console: Console;
  /** Where its pages are. */
  readonly url: string;
  /** The same, with the token for the first user where there is none yet. It is for eyes on this machine alone. */
  readonly welcome: string;
  /** @param millis for requests under way */
  close(millis: number): Promise<void>;
}

export interface ConsoleParts {
  readonly config: ConsoleConfig;
  readonly hub: Hub;
  readonly store: EventStore;
  readonly log: Logger;
  readonly requestMillisMax: number;
  readonly desk: PolicyDesk;
}

/** @throws ConsoleError, HubError HUB_LISTEN, HUB_FILE */
export async function startConsole(parts: ConsoleParts): Promise<RunningConsole> {
  const { listen, tls } = parts.config;
  const console = new Console({ ...parts, pages: new Pages() });
  const { port, token } = await console.start();
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const url = `${tls === undefined ? 'http' : 'https'}://${host}:${port}/`;
  // Behind the # it stays in the browser: no server, proxy or log sees it.
  const close = async (millis: number): Promise<void> => {
    await console.close(millis);
    await parts.desk.close();
  };
  return { console, url, welcome: token === null ? url : `${url}#${token}`, close };
}

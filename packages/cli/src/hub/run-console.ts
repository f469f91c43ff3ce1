/** The console beside a hub, and the words that lead a first user in. */
import { type AlertPlaces, Console, Pages, type PolicyDesk } from '@sluice/console';
import { loadKubeconfig } from '@sluice/controller';
import { ClusterDesk } from '@sluice/controller/desk';
import type { ConsoleConfig, EventStore, Hub } from '@sluice/hub';
import type { Logger } from 'pino';
import { AlertFolder } from '../console/alert-folder.ts';
import type { HubAlerts } from './alerts.ts';

export interface RunningConsole {
  readonly console: Console;
  /** Where its pages are. */
  readonly url: string;
  /** The same, with the token for the first user where there is none yet. It is for eyes on this machine alone. */
  readonly welcome: string;
  /** @param millis for answers under way */
  close(millis: number): Promise<void>;
}

export interface ConsoleParts {
  readonly config: ConsoleConfig;
  readonly hub: Hub;
  readonly store: EventStore;
  readonly log: Logger;
  readonly requestMillisMax: number;
  readonly desk: PolicyDesk;
  /** Of the hub; absent where alerts are not written from the page. */
  readonly alerts?: Pick<HubAlerts, 'desk' | 'files' | 'refresh'>;
}

/** @throws ConsoleError, ControllerError KUBECONFIG_ABSENT, KUBECONFIG_INVALID, HubError HUB_LISTEN, HUB_FILE */
export async function startConsole(parts: ConsoleParts): Promise<RunningConsole> {
  const cluster = openDesk(parts);
  const alertPlaces = placesOf(parts, cluster);
  const pages = new Pages();
  const console = new Console({ ...parts, pages, alertPlaces, ...(cluster === null ? {} : { cluster }) });
  const { token } = await console.start();
  const { url } = console;
  return {
    ...{ console, url, welcome: welcomeOf(url, token) },
    close: async (millis) => {
      await console.close(millis);
      await parts.desk.close();
      await cluster?.stop();
    },
  };
}

function placesOf({ config, alerts }: ConsoleParts, cluster: ClusterDesk | null): AlertPlaces {
  const { alerts: folder } = config;
  return {
    ...(cluster === null ? {} : { cluster: cluster.alerts }),
    ...(folder === undefined || alerts === undefined
      ? {}
      : {
          folder: new AlertFolder({
            folder,
            others: alerts.files.filter((path) => path !== folder),
            refresh: () => alerts.refresh(),
            inForce: () => alerts.desk.list().map(({ definition }) => definition.name),
          }),
        }),
  };
}

/** Null where hub.yaml names no cluster. */
function openDesk({ config: { kubernetes }, log }: ConsoleParts): ClusterDesk | null {
  if (kubernetes === false) return null;
  const { kubeconfig, namespace, audiences } = kubernetes;
  const config = loadKubeconfig(kubeconfig === undefined ? {} : { kubeconfig });
  return new ClusterDesk({ config, audiences, systemNamespace: namespace, log });
}

/** Behind the # it stays in the browser: no server, proxy or log sees it. */
export const welcomeOf = (url: string, token: string | null): string =>
  token === null ? url : `${url}#${token}`;

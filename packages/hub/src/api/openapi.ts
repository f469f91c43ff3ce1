/** The interface as an OpenAPI document, from the schemas that its routes have. */
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { ROUTES, type Route } from './routes.ts';

export const OPENAPI_PATH = '/v1/openapi.json';

const CONSOLE_TAG = {
  name: 'console',
  description:
    'For pages: with the cookie of a session, and its token in x-sluice-csrf for all that is no GET.',
};
const BY_TOKEN = { token: { type: 'http', scheme: 'bearer' } } as const;
const BY_SESSION = { session: { type: 'apiKey', in: 'cookie', name: 'sluice_session' } } as const;

const isRoute = (entry: Route | readonly Route[]): entry is Route => 'url' in entry;

/**
 * Both listeners have their routes from one table, so that a document of its routes is one of theirs.
 * @param more routes of who answers queries beside the hub, as the console
 */
export async function openApiDocument(more: readonly Route[] = []): Promise<object> {
  const app = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Sluice hub',
        description:
          'Where the events of all nodes are, and how they are asked for. docs/hub.md tells the rest.',
        version: '1',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'nodes', description: 'For nodes: TLS with a certificate of the client.' },
        { name: 'queries', description: 'For those who ask: on loopback addresses, or with a token.' },
        { name: 'alerts', description: 'For those who ask, where the hub has alerts.' },
        ...(more.length > 0 ? [CONSOLE_TAG] : []),
      ],
      components: { securitySchemes: more.length > 0 ? BY_SESSION : BY_TOKEN },
    },
  });
  for (const entry of [...Object.values<Route | readonly Route[]>(ROUTES), more]) {
    for (const route of isRoute(entry) ? [entry] : entry) app.route({ ...route, handler: () => undefined });
  }
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}

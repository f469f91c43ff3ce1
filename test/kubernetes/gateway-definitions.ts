/** Gateway API's kinds as they are published. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaModules } from '../../packages/cli/src/setup/paths.ts';

/** Envoy Gateway's chart has those of the release that it is made for. */
const PATH = 'charts/gateway-helm/charts/crds/crds/gatewayapi-crds.yaml';

/** CustomResourceDefinitions, as YAML. */
export const gatewayDefinitions = (): string =>
  readFileSync(join(schemaModules().envoyGateway, PATH), 'utf8');

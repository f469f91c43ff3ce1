/** Writes the dashboards in deploy/ anew. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grafanaFile } from './dashboards/grafana.ts';
import { kibanaFile } from './dashboards/kibana.ts';
import { repositoryRoot } from './tidy.ts';

writeFileSync(join(repositoryRoot, 'deploy/kibana/sluice.ndjson'), kibanaFile());
writeFileSync(join(repositoryRoot, 'deploy/grafana/sluice.json'), grafanaFile());

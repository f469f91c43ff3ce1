/** Certificates, made by the commands that docs/hub.md shows. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '../../docs/hub.md');

export interface TlsPaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly directory: string;
  readonly hub: { readonly cert: string; readonly key: string; readonly clientCa: string };
  of(node: string): TlsPaths;
  /** One more for a node. @param days less than 0: it has run out */
  make(node: string, days: number): TlsPaths;
}

function commands(): string {
  const block = /^```sh certificates\n(.*?)^```$/ms.exec(readFileSync(PAGE, 'utf8'))?.[1];
  if (block === undefined) throw new Error('docs/hub.md has no commands for certificates');
  return block;
}

const run = (directory: string, script: string): void => {
  execFileSync('bash', ['-euc', script], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
};

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-hub-'));
  run(directory, commands());
  const path = (name: string): string => join(directory, name);
  const of = (node: string): TlsPaths => ({
    ca: path('ca.crt'),
    cert: path(`${node}.crt`),
    key: path(`${node}.key`),
  });
  return {
    directory,
    hub: { cert: path('hub.crt'), key: path('hub.key'), clientCa: path('ca.crt') },
    of,
    make(node, days) {
      run(
        directory,
        `openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=${node}" \
           -addext "extendedKeyUsage=clientAuth" -keyout ${node}.key -out ${node}.csr
         openssl x509 -req -in ${node}.csr -CA ca.crt -CAkey ca.key -copy_extensions copy -days ${days} -out ${node}.crt`,
      );
      return of(node);
    },
  };
}

/** What an API server of a test is started with: its users, its key, its flags. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who proves himself by a token. Of the group `system:masters` it may do everything; of others what RBAC says. */
export interface ApiUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Nobody but a test's own processes can reach the server: a token need not be secret. */
export const tokenOf = (user: string): string => `token-of-${user.replaceAll(':', '-')}`;

/** Once a folder: a server that starts anew on the same data knows the tokens that it has signed. */
export function writeApiFiles(directory: string, users: readonly ApiUser[]): void {
  const lines = users.map(
    ({ name, groups = [] }) => `${tokenOf(name)},${name},${name},"${groups.join(',')}"\n`,
  );
  writeFileSync(join(directory, 'tokens'), lines.join(''));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(directory, 'key.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
}

/** The authority of the server's certificate, which signs itself; there once it has started. */
export const authorityIn = (directory: string): string => join(directory, 'certificates/apiserver.crt');

export function apiFlags(directory: string, address: string, port: number): readonly string[] {
  const key = join(directory, 'key.pem');
  return [
    ...[`--bind-address=${address}`, `--advertise-address=${address}`, `--secure-port=${port}`],
    ...[`--cert-dir=${join(directory, 'certificates')}`, '--service-cluster-ip-range=10.96.0.0/16'],
    ...['--service-account-issuer=https://sluice.test', `--service-account-key-file=${key}`],
    ...[`--service-account-signing-key-file=${key}`, `--token-auth-file=${join(directory, 'tokens')}`],
    ...['--authorization-mode=RBAC', '--endpoint-reconciler-type=none'],
    // No controller makes the account that it asks for.
    '--disable-admission-plugins=ServiceAccount',
  ];
}

/** A kubeconfig, as JSON, which is YAML. */
export function kubeconfigText(server: string, authority: string, token: string): string {
  const name = 'sluice';
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server, 'certificate-authority': authority } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

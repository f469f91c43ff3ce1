/** An image that a runtime can begin a pod's sandbox with: one program that does nothing, as an archive in OCI's layout. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const PAUSE_IMAGE = 'sluice.test/pause:1';

const PAUSE = '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** @returns path of the archive */
export function writePauseImage(directory: string): string {
  const layout = join(directory, 'image');
  const layer = join(directory, 'layer');
  for (const path of [join(layout, 'blobs/sha256'), layer]) mkdirSync(path, { recursive: true });
  execute(['cc', '-static', '-x', 'c', '-o', join(layer, 'pause'), '-'], PAUSE);
  execute(['tar', '--owner=0', '--group=0', '-C', layer, '-cf', join(directory, 'layer.tar'), 'pause']);
  const put = (text: object): Blob => {
    const path = join(directory, 'blob');
    writeFileSync(path, JSON.stringify(text));
    return blob(layout, path);
  };
  const files = blob(layout, join(directory, 'layer.tar'));
  const rootfs = { type: 'layers', diff_ids: [files.digest] };
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const config = put({ architecture, os: 'linux', config: { Entrypoint: ['/pause'] }, rootfs });
  const type = (name: string): string => `application/vnd.oci.image.${name}`;
  const manifest = put({
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config: { mediaType: type('config.v1+json'), ...config },
    layers: [{ mediaType: type('layer.v1.tar'), ...files }],
  });
  const annotations = { 'io.containerd.image.name': PAUSE_IMAGE };
  const manifests = [{ mediaType: type('manifest.v1+json'), ...manifest, annotations }];
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const archive = join(directory, 'pause.tar');
  execute(['tar', '-C', layout, '-cf', archive, '.']);
  return archive;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

function blob(layout: string, path: string): Blob {
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  cpSync(path, join(layout, 'blobs/sha256', digest));
  return { digest: `sha256:${digest}`, size: statSync(path).size };
}

export class ToolFault extends Error {
  override readonly name = 'ToolFault';
}

/** @returns what it printed */
export function execute([file = '', ...argv]: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(file, argv, { input, encoding: 'utf8' });
  if (status !== 0) throw new ToolFault(`${file} ${argv.join(' ')}: ${stderr}`);
  return stdout;
}

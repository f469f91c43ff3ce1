/**
 * The folder that agent and server read from, and in which order it changes. At each moment, whatever ends this process:
 *
 * - each file is whole;
 * - each rule file that sluice.yaml names is there, with the text that its name stands for;
 * - each policy that table.json names is in sluice.yaml, and each key that it names is there.
 *
 *     sluice.yaml  sluice.good.yaml  table.json  workloads.ndjson  plan.json  rules/NAME.DIGEST.conf  tls/DIGEST/tls.crt, tls.key
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyFile } from '../rules/policy-files.ts';
import type { TlsKey } from './keys.ts';
import { readWhole, writeWhole } from './whole-file.ts';

export const RULES_FOLDER = 'rules';

const KEYS_FOLDER = 'tls';
const PRIVATE = 0o600;
/** Of files of ours: far more than any has. */
const FILE_BYTES_MAX = 67_108_864;

/** `sluice.good.yaml` is the last sluice.yaml that the server has had in force. */
export type OwnFile = 'sluice.yaml' | 'sluice.good.yaml' | 'table.json' | 'workloads.ndjson' | 'plan.json';

export class NodeFolder {
  readonly path: string;

  /** Makes it where it is not there. */
  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, RULES_FOLDER), { recursive: true });
    mkdirSync(join(path, KEYS_FOLDER), { recursive: true, mode: 0o700 });
  }

  at(file: OwnFile): string {
    return join(this.path, file);
  }

  /** Null where it is not there. */
  read(file: OwnFile): string | null {
    return readWhole(this.at(file), FILE_BYTES_MAX);
  }

  /** False where it says that already. */
  write(file: OwnFile, text: string): boolean {
    if (this.read(file) === text) return false;
    writeWhole(this.at(file), text);
    return true;
  }

  /** Replaces a file by itself: whoever watches it looks again. */
  renew(file: OwnFile): void {
    const text = this.read(file);
    if (text !== null) writeWhole(this.at(file), text);
  }

  /** To be called before the sluice.yaml that names them is written. */
  writeRules(files: readonly PolicyFile[]): void {
    for (const { name, text } of files) {
      const path = join(this.path, RULES_FOLDER, name);
      if (readWhole(path, FILE_BYTES_MAX) !== text) writeWhole(path, text);
    }
  }

  /** To be called before the table that names it is written. A new key has a new path. */
  writeKey({ digest, certificateChain, privateKey }: TlsKey): void {
    const folder = this.keyFolder(digest);
    if (existsSync(join(folder, 'tls.key')) && existsSync(join(folder, 'tls.crt'))) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeWhole(join(folder, 'tls.crt'), certificateChain, PRIVATE);
    writeWhole(join(folder, 'tls.key'), privateKey, PRIVATE);
  }

  keyFolder(digest: string): string {
    return join(this.path, KEYS_FOLDER, digest);
  }

  /** Removes rule files of other names. To be called when the server has taken over a sluice.yaml that names none of them. */
  keepRules(names: ReadonlySet<string>): void {
    this.#keep(RULES_FOLDER, names);
  }

  /** Removes other keys. To be called when nobody reads them any more. */
  keepKeys(digests: ReadonlySet<string>): void {
    this.#keep(KEYS_FOLDER, digests);
  }

  keys(): readonly string[] {
    return readdirSync(join(this.path, KEYS_FOLDER));
  }

  #keep(folder: string, names: ReadonlySet<string>): void {
    for (const name of readdirSync(join(this.path, folder))) {
      if (!names.has(name)) rmSync(join(this.path, folder, name), { recursive: true, force: true });
    }
  }
}

/** What a server has on disk for itself, and whose it is: Elasticsearch refuses to run as root. */
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { TemporaryDirectory } from '../envoy/temporary.ts';
import type { ElasticsearchInstallation } from '../setup/elasticsearch.ts';

/** As whom it runs where this process is root's: nobody's. */
export const OTHER_USER = 65_534;

const isRoot = (): boolean => process.getuid?.() === 0;

/** Values of elasticsearch.yml by the names of their settings. */
export type ElasticsearchSettings = Readonly<Record<string, string | number | boolean>>;

const TAIL_CHARACTERS_MAX = 4_000;

export class ElasticsearchFolder {
  readonly installation: ElasticsearchInstallation;
  readonly #directory: TemporaryDirectory;

  /** Copies the configuration; where root's folders hide the installation from the other user, links it, too. */
  constructor(installed: ElasticsearchInstallation) {
    this.#directory = new TemporaryDirectory('sluice-elasticsearch-');
    cpSync(join(installed.home, 'config'), this.join('config'), { recursive: true });
    for (const name of ['data', 'logs', 'tmp']) mkdirSync(this.join(name));
    if (!isRoot()) {
      this.installation = installed;
      return;
    }
    this.installation = {
      home: visible(installed.home, this.join('home')),
      javaHome: visible(installed.javaHome, this.join('java')),
    };
    chownSync(this.path, OTHER_USER, OTHER_USER);
    for (const name of ['config', 'data', 'logs', 'tmp']) giveAway(this.join(name));
  }

  get path(): string {
    return this.#directory.path;
  }

  /** What it and its launcher print. */
  get log(): string {
    return this.join('output.log');
  }

  join(name: string): string {
    return this.#directory.join(name);
  }

  /** For the next start; forgets at which port the one before was found. */
  configure(settings: ElasticsearchSettings): void {
    const own = { 'path.data': this.join('data'), 'path.logs': this.join('logs') };
    const lines = Object.entries({ ...own, ...settings }).map(
      ([name, value]) => `${name}: ${JSON.stringify(value)}\n`,
    );
    writeFileSync(this.join('config/elasticsearch.yml'), lines.join(''));
    rmSync(this.join('logs/http.ports'), { force: true });
  }

  /** Its address, which it writes once it listens; empty before. */
  address(): string {
    const path = this.join('logs/http.ports');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return /^127\.0\.0\.1:\d+$/m.exec(text)?.[0] ?? '';
  }

  logTail(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').slice(-TAIL_CHARACTERS_MAX).trim() : '';
  }

  /** Can be called again. */
  remove(): void {
    this.#directory.remove();
  }
}

/** `folder` itself where everybody may go there, else a copy at `copy`, of links where the file system allows that. */
function visible(folder: string, copy: string): string {
  if (isOpen(folder)) return folder;
  linkTree(folder, copy);
  return copy;
}

const OTHERS_ENTER = 0o001;

function isOpen(folder: string): boolean {
  if ((statSync(folder).mode & OTHERS_ENTER) === 0) return false;
  return dirname(folder) === folder || isOpen(dirname(folder));
}

function linkTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else linkFile(source, target);
  }
}

function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Another file system, or one without links: bytes then. What hinders these, too, is thrown.
    copyFileSync(from, to);
  }
}

function giveAway(path: string): void {
  chownSync(path, OTHER_USER, OTHER_USER);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAway(join(path, name));
}

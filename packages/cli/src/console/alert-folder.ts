/** Alerts as files of a folder that the console may write: each change is a file that is whole or as it was, and in force at once. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import {
  type AlertChange,
  type AlertKey,
  type AlertPlace,
  type AlertRule,
  alertKeyOf,
  alertNameOf,
  type Draft,
  writeOwnFile,
} from '@sluice/console';
import { textDifference } from '@sluice/controller/desk';
import { alertFilesAt, definedAlert, HubError, readAlertSpecs } from '@sluice/hub';

export interface AlertFolderOptions {
  readonly folder: string;
  /** Files and folders that the hub reads beside it: shown, and left alone. */
  readonly others: readonly string[];
  /** The hub reads all of them again. */
  readonly refresh: () => void;
  /** Names of all that are in force, from wherever. */
  readonly inForce: () => readonly string[];
}

/** A rule, and the file that it stands in. */
interface Found extends AlertRule {
  readonly path: string;
}

/** Only the user of the hub needs to read them. */
const FOLDER_MODE = 0o700;

export class AlertFolder implements AlertPlace {
  readonly #options: AlertFolderOptions;

  /** @throws HubError HUB_FILE where the folder is not there and cannot be made */
  constructor(options: AlertFolderOptions) {
    const { folder } = options;
    attempt(folder, () => mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }));
    this.#options = options;
  }

  list(): Promise<readonly AlertRule[]> {
    return Promise.resolve(this.#found().map(({ path: _, ...rule }) => rule));
  }

  /** @throws HubError ALERT_INVALID, QUERY_SYNTAX, HUB_NOT_FOUND, HUB_FILE */
  draft(change: AlertChange): Promise<Draft> {
    return Promise.resolve(this.#drafted(change));
  }

  /** @throws HubError as `draft`, and ALERT_ELSEWHERE, ALERT_STALE */
  async apply(change: AlertChange, version: string): Promise<readonly string[]> {
    const draft = await this.draft(change);
    const alert = alertNameOf(alertKeyOf(change));
    if (draft.refused !== '') throw new HubError('ALERT_ELSEWHERE', { alert, reason: draft.refused });
    if (draft.version !== version) throw new HubError('ALERT_STALE', { alert });
    const path = this.#find(alertKeyOf(change))?.path ?? this.#newPath(alertKeyOf(change));
    attempt(path, () => (change.kind === 'save' ? writeOwnFile(path, change.text) : rmSync(path)));
    this.#options.refresh();
    return [
      change.kind === 'save'
        ? `The alert ${alert} is saved in ${path}, and in force.`
        : `The alert ${alert} is removed, with ${path}.`,
    ];
  }

  #drafted(change: AlertChange): Draft {
    const key = alertKeyOf(change);
    const found = this.#find(key);
    const draft = { target: alertNameOf(key), managedBy: [], notes: [] };
    if (change.kind === 'remove') {
      if (found === null) throw new HubError('HUB_NOT_FOUND', { what: `alert ${alertNameOf(key)}` });
      const { text, version, refused, path } = found;
      return { ...draft, yaml: '', diff: textDifference(basename(path), text, ''), version, refused };
    }
    definedAlert(change.alert);
    const { text } = change;
    if (found === null)
      return { ...draft, yaml: text, diff: '', version: '', refused: this.#newRefusal(change) };
    const diff = textDifference(basename(found.path), found.text, text);
    return { ...draft, yaml: text, diff, version: found.version, refused: found.refused };
  }

  /** Why there can be none of this name; `''` where there can. */
  #newRefusal({ alert }: Extract<AlertChange, { kind: 'save' }>): string {
    if (alert.kind !== 'Alert') return GLOBAL;
    const name = alertNameOf(alert);
    if (this.#options.inForce().includes(name)) return 'one of this name is in force, from elsewhere';
    const path = this.#newPath(alert);
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    return isThere ? `${path} is there, and holds something else` : '';
  }

  #newPath({ namespace, name }: AlertKey): string {
    // No namespace has a dot.
    return join(this.#options.folder, `${namespace === null ? '' : `${namespace}.`}${name}.yaml`);
  }

  #find(key: AlertKey): Found | null {
    return this.#found().find((each) => alertNameOf(each) === alertNameOf(key)) ?? null;
  }

  /** As the hub reads them: of two with a name the first is in force. */
  #found(): readonly Found[] {
    const { folder, others } = this.#options;
    const paths = new Set([...others, folder].flatMap((path) => alertFilesAt(path)));
    return [...paths].flatMap((path) => this.#rulesIn(path));
  }

  #rulesIn(path: string): readonly Found[] {
    const text = attempt(path, () => readFileSync(path, 'utf8'));
    try {
      const documents = readAlertSpecs(path);
      return documents.map(({ kind, namespace, name }) => ({
        ...{ kind, namespace, name, path, text, source: path },
        version: createHash('sha256').update(text).digest('hex'),
        refused: kind === 'GlobalAlert' ? GLOBAL : this.#refusalOf(path, documents.length),
      }));
    } catch (error) {
      // What cannot be read is told among the faults of the hub.
      if (error instanceof HubError) return [];
      throw error;
    }
  }

  #refusalOf(path: string, documents: number): string {
    const { folder } = this.#options;
    if (realpathSync(dirname(path)) !== realpathSync(folder))
      return `${path} is not in ${folder}, which the console may write`;
    if (!lstatSync(path).isFile()) return `${path} is no file of its own, but leads to another`;
    if (documents > 1) return `${path} has more than one alert`;
    return extname(path) === '.json' ? `${path} is JSON` : '';
  }
}

const GLOBAL = 'it is a GlobalAlert of Calico’s: what is made here are Alerts of sluice.dev';

/** @throws HubError HUB_FILE */
function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HubError('HUB_FILE', { path, reason }, cause);
  }
}

/**
 * From a planned policy to what the server reads: an entry of `policies` in sluice.yaml, and the rule files that it names.
 *
 * A file's name holds a digest of its text: what a name stands for never changes, and the same text of the same RuleSet is one
 * file, whichever policies have it. So files can be written before the sluice.yaml that names them, and removed after the last
 * that did.
 */
import { createHash } from 'node:crypto';
import { ControllerError } from '../errors.ts';
import type { PlannedPolicy, RuleText } from '../plan/plan.ts';

export interface PolicyFile {
  /** Relative to the folder of rule files: `shop.payments.before.3f2a….conf`. No folders. */
  readonly name: string;
  /** To be written as UTF-8. */
  readonly text: string;
}

export interface PolicyFiles {
  /** The policy's key in sluice.yaml. */
  readonly name: string;
  /** Its entry. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Each once, in the order in which the entry names them. */
  readonly files: readonly PolicyFile[];
}

type Side = 'before' | 'after';

const DIGEST_CHARACTERS = 16;

/** `namespace/name`, as Kubernetes lets them be called: they become part of a file's name. */
const SOURCE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * A default action holds for the rules below it in all files that are loaded together: without this, one RuleSet's would
 * change what another's rules do. These are the defaults that hold where no file says otherwise.
 */
const NO_DEFAULTS = [1, 2, 3, 4, 5]
  .map((phase) => `SecDefaultAction "phase:${phase},pass,log,auditlog"\n`)
  .join('');

/**
 * @param folder of the rule files, as sluice.yaml names it: relative to its own folder, or absolute
 * @throws ControllerError PLAN_INVALID for a source that names no RuleSet
 */
export function policyFiles(policy: PlannedPolicy, folder: string): PolicyFiles {
  const files = new Map<string, PolicyFile>();
  const place = (side: Side, texts: readonly RuleText[]): readonly string[] =>
    filesOf(side, texts).map((file) => {
      files.set(file.name, file);
      return `${folder}/${file.name}`;
    });
  const ruleFiles = { before: place('before', policy.before), after: place('after', policy.after) };
  return { name: policy.name, entry: { ...policy.settings, ruleFiles }, files: [...files.values()] };
}

/** The files of one side: those of RuleSets in their order. */
function filesOf(side: Side, texts: readonly RuleText[]): readonly PolicyFile[] {
  return defaultsApart(texts).map(({ source, text }) => {
    if (source === null) return named('sluice.no-defaults', text);
    if (!SOURCE.test(source)) {
      throw new ControllerError('PLAN_INVALID', { what: `source ${JSON.stringify(source.slice(0, 80))}` });
    }
    return named(`${source.replace('/', '.')}.${side}`, text);
  });
}

/** Texts that are loaded together, with the defaults put back between any two; `source` is null of those. */
export function defaultsApart<Text extends { readonly text: string }>(
  texts: readonly Text[],
): readonly (Text | { readonly source: null; readonly text: string })[] {
  return texts.flatMap((text, index) => (index === 0 ? [text] : [{ source: null, text: NO_DEFAULTS }, text]));
}

function named(stem: string, text: string): PolicyFile {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
  return { name: `${stem}.${digest}.conf`, text };
}

/** Directives that set one thing, to the engine's settings. The last of a name counts, as in Apache's configuration. */
import { dirname, resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import type { DirectiveNode, SettingNode } from '../language/ast.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import { openGeoDatabase } from '../operators/geo-database.ts';
import type { EngineSettings, RuleProgram } from '../rule-set/program.ts';
import { atPosition } from './checks.ts';
import { IGNORED_SETTINGS } from './unsupported.ts';

type Settings = RuleProgram['settings'];
type Mutable = { -readonly [Key in keyof Settings]: Settings[Key] };

/** Directives that set a number of limits.ts. */
const LIMIT_DIRECTIVES: Readonly<Record<string, keyof Limits>> = {
  secrequestbodylimit: 'requestBodyBytesMax',
  secrequestbodynofileslimit: 'requestBodyNoFilesBytesMax',
  secresponsebodylimit: 'responseBodyBytesMax',
  secrequestbodyjsondepthlimit: 'bodyDepthMax',
  secresponsebodyjsondepthlimit: 'responseBodyDepthMax',
  secargumentslimit: 'argumentsMax',
  secuploadfilelimit: 'multipartPartsMax',
  secpcrematchlimit: 'pcreMatchSteps',
};

export const DEFAULT_SETTINGS: EngineSettings = Object.freeze({
  ruleEngine: 'On',
  requestBodyAccess: true,
  responseBodyAccess: false,
  responseMimeTypes: ['text/plain', 'text/html', 'text/xml'],
  requestFilesBytesMax: null,
  requestBodyLimitAction: 'Reject',
  responseBodyLimitAction: 'ProcessPartial',
  argumentSeparator: '&',
  xmlArguments: 'Off',
  collectionTimeout: 3_600,
  webAppId: 'default',
  geoDatabase: null,
  cookieFormat: 0,
  limits: DEFAULT_LIMITS,
});

export function compileSettings(directives: readonly DirectiveNode[]): Settings {
  const settings: Mutable & { limits: { -readonly [Key in keyof Limits]?: Limits[Key] } } = { limits: {} };
  for (const node of directives) {
    if (node.kind === 'setting') applySetting(settings, node);
  }
  return settings;
}

/** Says of directives that nothing here heeds why; those that only name a rule set mislead nobody. */
export const settingWarnings = (directives: readonly DirectiveNode[]): RuleProgram['warnings'] =>
  directives.flatMap((node) => {
    const reason = node.kind === 'setting' ? IGNORED_SETTINGS[node.name] : undefined;
    if (reason === undefined || node.kind !== 'setting' || node.name === 'SecComponentSignature') return [];
    return [{ position: node.position, message: `${node.name}: ${reason}` }];
  });

/** Later settings win; limits are merged one by one. */
export function mergeSettings(...layers: readonly Settings[]): EngineSettings {
  const limits = Object.assign({}, DEFAULT_LIMITS, ...layers.map((layer) => layer.limits));
  return Object.assign({}, DEFAULT_SETTINGS, ...layers, { limits });
}

function applySetting(settings: Mutable, node: SettingNode): void {
  const name = node.name.toLowerCase();
  const value = node.values[0] ?? '';
  const limit = LIMIT_DIRECTIVES[name];
  if (limit !== undefined) {
    settings.limits = { ...settings.limits, [limit]: number(node) };
    return;
  }
  switch (name) {
    case 'secruleengine':
      settings.ruleEngine = choice(node, { on: 'On', off: 'Off', detectiononly: 'DetectionOnly' });
      return;
    case 'secrequestbodyaccess':
      settings.requestBodyAccess = choice(node, { on: true, off: false });
      return;
    case 'secresponsebodyaccess':
      settings.responseBodyAccess = choice(node, { on: true, off: false });
      return;
    case 'secrequestbodylimitaction':
      settings.requestBodyLimitAction = choice(node, LIMIT_ACTIONS);
      return;
    case 'secresponsebodylimitaction':
      settings.responseBodyLimitAction = choice(node, LIMIT_ACTIONS);
      return;
    case 'secresponsebodymimetype':
      settings.responseMimeTypes = node.values
        .flatMap((entry) => entry.toLowerCase().split(/\s+/))
        .filter(Boolean);
      return;
    case 'secresponsebodymimetypesclear':
      settings.responseMimeTypes = [];
      return;
    case 'secparsexmlintoargs':
      settings.xmlArguments = choice(node, { on: 'On', off: 'Off', onlyargs: 'OnlyArgs' });
      return;
    case 'secargumentseparator':
      settings.argumentSeparator = value;
      return;
    case 'seccollectiontimeout':
      settings.collectionTimeout = number(node);
      return;
    case 'secwebappid':
      settings.webAppId = value;
      return;
    case 'seccookieformat':
      settings.cookieFormat = value === '1' ? 1 : 0;
      return;
    case 'secgeolookupdb':
      settings.geoDatabase = geoDatabase(node);
      return;
    default:
      // The parser refuses what is unknown; of what changes nothing there is a warning.
      return;
  }
}

const LIMIT_ACTIONS = { reject: 'Reject', processpartial: 'ProcessPartial' } as const;

function choice<T>(node: SettingNode, options: Readonly<Record<string, T>>): T {
  const found = new Map(Object.entries(options)).get((node.values[0] ?? '').toLowerCase());
  if (found === undefined) throw badValue(node, `expected one of ${Object.keys(options).join(', ')}`);
  return found;
}

function number(node: SettingNode): number {
  const text = node.values[0] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw badValue(node, 'expected a whole number');
  return Number(text);
}

/** The path of a database that is there and can be read: what is missing is told when rules are loaded. */
function geoDatabase(node: SettingNode): string {
  const path = resolve(dirname(node.position.file), node.values[0] ?? '');
  atPosition(node.position, () => openGeoDatabase(path));
  return path;
}

const badValue = (node: SettingNode, reason: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what: node.name, reason }, { position: node.position });

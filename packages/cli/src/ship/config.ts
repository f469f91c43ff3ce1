/** ship.yaml: read once, checked whole, every problem told with its place. */
import { dirname, resolve } from 'node:path';
import { type ShipConfig, type SinkSettings, shipSchema } from '@sluice/shipper';
import { parseSettings, readSettings, type SettingsKind } from '@sluice/shipper/settings-file';
import { ShipError } from './errors.ts';

/** Settings of sinks that are paths, wherever they stand. */
const PATH_SETTINGS: ReadonlySet<string> = new Set([
  'ca',
  'cert',
  'key',
  'path',
  'directory',
  'passwordFile',
  'tokenFile',
  'apiKeyFile',
  'tokenFile',
]);

const SHIP_FILE: SettingsKind<ShipConfig> = {
  schema: shipSchema,
  unreadable: (details, cause) => new ShipError('SHIP_CONFIG_UNREADABLE', details, cause),
  invalid: (details, cause) => new ShipError('SHIP_CONFIG_INVALID', details, cause),
};

/**
 * Paths in the file are taken from the file's own folder.
 * @throws ShipError SHIP_CONFIG_UNREADABLE, SHIP_CONFIG_INVALID
 */
export const loadShipConfig = (path: string): ShipConfig =>
  withAbsolutePaths(readSettings(path, SHIP_FILE), dirname(resolve(path)));

/**
 * @param file the name shown in errors, whose folder relative paths start from
 * @throws ShipError SHIP_CONFIG_INVALID
 */
export const parseShipConfig = (text: string, file: string): ShipConfig =>
  withAbsolutePaths(parseSettings(text, file, SHIP_FILE), dirname(resolve(file)));

function withAbsolutePaths(config: ShipConfig, folder: string): ShipConfig {
  const absolute = (path: string): string => resolve(folder, path);
  return {
    ...config,
    spools: config.spools.map(absolute),
    state: absolute(config.state),
    sinks: config.sinks.map((sink) => withPaths(sink, absolute)),
  };
}

/** Every kind of sink has its own; what is a path is known by its name. */
function withPaths(sink: SinkSettings, absolute: (path: string) => string): SinkSettings {
  const mapped = (value: object): object =>
    Object.fromEntries(
      Object.entries(value).map(([name, each]: [string, unknown]) => {
        if (typeof each === 'string' && PATH_SETTINGS.has(name)) return [name, absolute(each)];
        return [
          name,
          typeof each === 'object' && each !== null && !Array.isArray(each) ? mapped(each) : each,
        ];
      }),
    );
  // The same keys with the same kinds of values.
  return mapped(sink) as SinkSettings;
}

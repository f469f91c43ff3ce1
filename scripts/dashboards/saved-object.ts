/** Kibana's saved objects, as its export writes them: what is deep in them is JSON in strings. */

export interface Reference {
  readonly name: string;
  readonly type: string;
  readonly id: string;
}

export interface SavedObject {
  readonly id: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
  readonly coreMigrationVersion: string;
  readonly typeMigrationVersion: string;
  readonly managed: false;
}

/** Kibana migrates objects of older versions when it imports them, and refuses newer ones. */
const CORE_VERSION = '8.8.0';

export const savedObject = (object: Omit<SavedObject, 'coreMigrationVersion' | 'managed'>): SavedObject => ({
  ...object,
  coreMigrationVersion: CORE_VERSION,
  managed: false,
});

export const reference = (type: string, id: string, name: string): Reference => ({ name, type, id });

const SEARCH_INDEX = 'kibanaSavedObjectMeta.searchSourceJSON.index';

export const dataView = (id: string, name: string, pattern: string): SavedObject =>
  savedObject({
    id,
    type: 'index-pattern',
    typeMigrationVersion: '8.0.0',
    attributes: {
      title: pattern,
      name,
      timeFieldName: '@timestamp',
      fields: '[]',
      fieldAttrs: '{}',
      fieldFormatMap: '{}',
      runtimeFieldMap: '{}',
      sourceFilters: '[]',
      typeMeta: '{}',
    },
    references: [],
  });

export interface SearchOptions {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly view: string;
  /** In KQL. */
  readonly query: string;
  readonly columns: readonly string[];
}

export const savedSearch = ({ id, title, description, view, query, columns }: SearchOptions): SavedObject =>
  savedObject({
    id,
    type: 'search',
    typeMigrationVersion: '8.0.0',
    attributes: {
      title,
      description,
      columns,
      sort: [['@timestamp', 'desc']],
      grid: {},
      hideChart: false,
      isTextBasedQuery: false,
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({
          query: { query, language: 'kuery' },
          filter: [],
          indexRefName: SEARCH_INDEX,
        }),
      },
    },
    references: [reference('index-pattern', view, SEARCH_INDEX)],
  });

export interface Panel {
  readonly object: SavedObject;
  /** On a grid of 48 columns. */
  readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const PANEL_VERSION = '8.9.0';

export function dashboard(
  { id, title, description }: Pick<SearchOptions, 'id' | 'title' | 'description'>,
  panels: readonly Panel[],
): SavedObject {
  const numbered = panels.map((panel, at) => ({ ...panel, index: String(at + 1) }));
  return savedObject({
    id,
    type: 'dashboard',
    typeMigrationVersion: PANEL_VERSION,
    attributes: {
      title,
      description,
      version: 1,
      timeRestore: true,
      timeFrom: 'now-24h',
      timeTo: 'now',
      refreshInterval: { pause: true, value: 60_000 },
      optionsJSON: JSON.stringify({ useMargins: true, syncColors: true, hidePanelTitles: false }),
      panelsJSON: JSON.stringify(
        numbered.map(({ object, place, index }) => ({
          version: PANEL_VERSION,
          type: object.type,
          gridData: { ...place, i: index },
          panelIndex: index,
          embeddableConfig: { enhancements: {} },
          panelRefName: `panel_${index}`,
        })),
      ),
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [] }),
      },
    },
    references: numbered.map(({ object, index }) =>
      // As Kibana writes it: the panel's index, then the name within the panel.
      reference(object.type, object.id, `${index}:panel_${index}`),
    ),
  });
}

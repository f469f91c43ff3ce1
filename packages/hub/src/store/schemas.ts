/** The schema of each data set. */
import { type DataSet, type Field, type Schema, WAF_SCHEMA } from '@sluice/spool';

const field = (path: string, type: Field['type'], many = false): Field => ({
  path,
  type,
  origin: 'ecs',
  many,
  description: '',
});

const L7_SCHEMA: Schema = {
  version: 1,
  fields: [
    field('@timestamp', 'date'),
    field('event.id', 'keyword'),
    field('source.ip', 'ip'),
    field('destination.ip', 'ip'),
    field('destination.port', 'long'),
    field('http.request.method', 'keyword'),
    field('url.path', 'keyword'),
    field('http.response.status_code', 'long'),
    field('l7.count', 'long'),
  ],
  families: [],
};

const SCHEMAS: Readonly<Record<DataSet, Schema>> = { waf: WAF_SCHEMA, l7: L7_SCHEMA };

export const schemaOf = (dataSet: DataSet): Schema => SCHEMAS[dataSet];

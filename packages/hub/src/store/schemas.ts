/** The schema of each data set. */
import { ALERT_SCHEMA, type DataSet, L7_SCHEMA, type Schema, WAF_SCHEMA } from '@sluice/spool';

const SCHEMAS: Readonly<Record<DataSet, Schema>> = { waf: WAF_SCHEMA, l7: L7_SCHEMA, alert: ALERT_SCHEMA };

export const schemaOf = (dataSet: DataSet): Schema => SCHEMAS[dataSet];

/** Brings what waits in a spool to where it is kept. */
export { SHIPPER_ERRORS, ShipperError, type ShipperErrorCode } from './errors.ts';
export type { Outcome, Sink } from './sink.ts';

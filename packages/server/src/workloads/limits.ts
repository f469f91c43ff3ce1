/** Every bound of workloads: its unit last in the name. */
export const WORKLOADS_LIMITS = Object.freeze({
  /** Bytes of the file. A workload takes about 400. */
  fileBytesMax: 67_108_864,
  /** Workloads of a cluster. */
  workloadsMax: 100_000,
  addressesMax: 16,
  labelsMax: 32,
  servicesMax: 64,
  /** Characters of a name, an owner or a label. */
  textCharsMax: 400,
  /** Time for which the event loop is held while a file is read. */
  sliceMillisMax: 1,
  /** Time between two looks at the file, where nothing says that it changed. */
  pollMillis: 2_000,
  /** Time for which it must stay as it is: it is replaced whole, so that any moment will do. */
  quietMillis: 20,
});

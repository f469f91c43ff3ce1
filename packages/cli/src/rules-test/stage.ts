/** A stage of a test file as it is run: one request, and what is expected of it. Strings are latin1. */

export interface StageInput {
  /** Where a client would connect to. The engine runs in-process, so they are checked and not used. */
  readonly destination: { readonly address: string; readonly port: number; readonly protocol: string };
  readonly method: string;
  readonly uri: string;
  /** The last word of the request line, empty for none. */
  readonly version: string;
  /** In the order in which they are sent: sorted by name, byte by byte. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body before the client's rewriting. */
  readonly data: string;
  /** Whether the client adds Content-Type, Content-Length and Connection, and encodes forms. */
  readonly autocompleteHeaders: boolean;
  /** The whole request, to be sent as it is; replaces everything above. */
  readonly rawRequest: string | null;
}

export interface StageExpectation {
  readonly status: number | null;
  readonly responseContains: RegExp | null;
  readonly expectIds: readonly number[];
  readonly noExpectIds: readonly number[];
  readonly matchRegex: RegExp | null;
  readonly noMatchRegex: RegExp | null;
  /** The client is to fail to read a response. */
  readonly expectError: boolean;
  readonly retryOnce: boolean;
  /** The one expected rule is to be the only one that logs. */
  readonly isolated: boolean;
}

export interface TestStage {
  /** "942100-1", or "942100-1-2" for the second stage of a test that has several. */
  readonly id: string;
  readonly ruleId: number;
  readonly file: string;
  readonly line: number;
  readonly input: StageInput;
  readonly expected: StageExpectation;
}

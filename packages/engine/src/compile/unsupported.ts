/** Actions and options of ctl that the language knows and this engine does not have, with what to do instead. */
export const UNSUPPORTED_ACTIONS: Readonly<Record<string, string>> = Object.freeze({
  expirevar: 'Leave it out: a collection forgets the record that was used longest ago.',
  setenv: 'Use setvar:tx.NAME=VALUE.',
  setrsc: 'Use initcol:resource=KEY.',
  setsid: 'Use initcol:session=KEY.',
  setuid: 'Use initcol:user=KEY.',
});

export const UNSUPPORTED_CTL: Readonly<Record<string, string>> = Object.freeze({
  forceResponseBodyVariable: 'Use SecResponseBodyMimeType, with the types to inspect.',
  requestBodyLimit: 'Use SecRequestBodyLimit, for the whole policy.',
  responseBodyLimit: 'Use SecResponseBodyLimit, for the whole policy.',
});

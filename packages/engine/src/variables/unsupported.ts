/** Variables of the reference manual that the language knows and this engine does not fill, with what to use instead. */
export const UNSUPPORTED_VARIABLES: Readonly<Record<string, string>> = Object.freeze({
  AUTH_TYPE: 'Use REQUEST_HEADERS:Authorization.',
  ENV: 'Leave it out: there is no environment of a web server.',
  FULL_REQUEST: 'Use REQUEST_LINE, REQUEST_HEADERS and REQUEST_BODY.',
  FULL_REQUEST_LENGTH: 'Use REQUEST_BODY_LENGTH.',
  GEO: 'Let the proxy add the country as a header and match that.',
  MULTIPART_FILENAME: 'Use FILES.',
  MULTIPART_NAME: 'Use FILES_NAMES.',
  REMOTE_USER: 'Use REQUEST_HEADERS:Authorization.',
  SESSIONID: 'Use initcol:session=… and SESSION.',
  STATUS_LINE: 'Use RESPONSE_PROTOCOL and RESPONSE_STATUS.',
  USERID: 'Use initcol:user=… and USER.',
  WEBAPPID: 'Leave it out: the policy names the application.',
});

export const alternativeTo = (variable: string): string =>
  UNSUPPORTED_VARIABLES[variable] ?? 'Use a variable that docs/seclang.md lists as working.';

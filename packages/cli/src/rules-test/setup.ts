/**
 * The SecLang that the Core Rule Set's tests ask for around its own set-up file. Sources: the suite's README and the
 * CRS's compose files for the values, the recommended configuration for the body processors (200000, 200001, 200006).
 */

/** Goes before `crs-setup.conf.example`. */
export const CRS_SETUP_BEFORE = `SecRuleEngine DetectionOnly
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyLimitAction Reject
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\\+|/)|text/)xml" \\
  "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/json" \\
  "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQUEST_HEADERS:Content-Type "^application/[a-z0-9.-]+[+]json" \\
  "id:200006,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
`;

/**
 * Goes between `crs-setup.conf.example` and the rules.
 *
 * @param paranoia 1 to 4; the suite is written for 4
 */
export const crsSetupAfter = (paranoia: number): string => `SecAction \\
  "id:900005,\\
  phase:1,\\
  pass,\\
  nolog,\\
  setvar:tx.blocking_paranoia_level=${paranoia},\\
  setvar:tx.detection_paranoia_level=${paranoia},\\
  setvar:tx.crs_validate_utf8_encoding=1,\\
  setvar:tx.arg_name_length=100,\\
  setvar:tx.arg_length=400,\\
  setvar:tx.total_arg_length=64000,\\
  setvar:tx.max_num_args=255,\\
  setvar:tx.max_file_size=64100,\\
  setvar:tx.combined_file_sizes=65535"
`;

/** Goes before `rules/sluice.conf` where own rules are tested; a user's own rules may say otherwise. */
export const OWN_RULES_SETUP = 'SecRuleEngine On\n';

/** The event that docs/events.md shows. */
import { buildEvent, Engine, fromText, overlayFor, type WafEvent } from '../packages/engine/src/index.ts';

const RULES = `SecAction "id:900000,phase:1,pass,nolog,setvar:tx.blocking_inbound_anomaly_score=5,setvar:tx.inbound_anomaly_score_threshold=5"
SecRule ARGS "@detectSQLi" \\
  "id:942100,phase:2,pass,log,t:none,severity:CRITICAL,ver:'OWASP_CRS/4.25.0',msg:'SQL Injection Attack Detected via libinjection',logdata:'Matched Data: found within %{MATCHED_VAR_NAME}: %{MATCHED_VAR}',tag:'attack-sqli',tag:'paranoia-level/1',setvar:tx.inbound_anomaly_score_pl1=+5,setvar:tx.sql_injection_score=+5"
SecRule TX:blocking_inbound_anomaly_score "@ge %{tx.inbound_anomaly_score_threshold}" \\
  "id:949110,phase:2,deny,log,t:none,ver:'OWASP_CRS/4.25.0',msg:'Inbound Anomaly Score Exceeded (Total Score: %{TX.BLOCKING_INBOUND_ANOMALY_SCORE})',tag:'anomaly-evaluation'"
`;

/** Of an injection in Block, with ids and times that are the same each time. */
export function sampleEvent(): WafEvent {
  const engine = new Engine({ cacheDirectory: null });
  const unit = engine.loadRules([
    { path: 'rules/REQUEST-942-APPLICATION-ATTACK-SQLI.conf', text: fromText(RULES) },
  ]);
  const transaction = engine.transaction(engine.ruleSet(unit, overlayFor({ name: 'shop', mode: 'Block' })), {
    id: '6b7e3f0a-6c1d-4b0e-9a51-0d1c8f6f6a10',
    method: 'GET',
    uri: "/products?id=1'+or+1=1--&token=9f8a7b6c",
    protocol: 'HTTP/1.1',
    headers: [
      ['Host', 'shop.example'],
      ['User-Agent', 'curl/8.14.1'],
      ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    ],
    client: { address: '203.0.113.7', port: 51_718 },
    server: { address: '10.0.12.4', port: 8_080 },
  });
  transaction.requestHeaders();
  transaction.requestEnd();
  const event = buildEvent(transaction.finish(), {
    observer: { hostname: 'node-1', version: '0.1.0', process: '7' },
    ruleSet: '0f3c9a51b2d4',
    scheme: 'https',
    latencyMicros: 310,
  });
  return {
    ...event,
    '@timestamp': '2026-11-23T07:04:49.120Z',
    event: { ...event.event, id: '01M83HGYFEX9JR8ES595D00000', duration: 412_000 },
  };
}

import { it } from 'vitest';
import { call } from './envoy-client.ts';
import { startStreamStack } from './ext-proc-stack.ts';
const Q = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
it.each([
  ['as is', (t: string) => t],
  ['no rules', (t: string) => t.replace('"mutation_rules":{"disallow_all":true,"disallow_is_error":true},', '')],
  ['no error', (t: string) => t.replaceAll('"disallow_is_error":true', '"disallow_is_error":false')],
])('%s', async (name, edit) => {
  const s = await startStreamStack({ edit });
  const r = await call(s.port, { path: Q });
  console.log(name, r.status, JSON.stringify(r.headers));
  console.log(s.envoy.logTail().slice(-500));
  await s.stop();
});

/** The files that generated rules read, made anew for each run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bitsOfIpv4, writeMaxMind } from '../../packages/engine/test/operators/maxmind-writer.ts';
import type { Files } from './rule-sets.ts';

export interface RuleFiles extends Files {
  remove(): void;
}

export function makeRuleFiles(): RuleFiles {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-agreement-'));
  const put = (name: string, content: string | Buffer): string => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const record = {
    country: { iso_code: 'NZ', names: { en: 'New Zealand' } },
    continent: { code: 'OC' },
    city: { names: { en: 'Wellington' } },
    location: { latitude: -41.25, longitude: 174.5 },
  };
  const bits = '0'.repeat(96) + bitsOfIpv4('192.0.2.0', 24);
  return {
    words: put('words.data', '# words\nevil\nunion select\n../\n<script\na\n'),
    addresses: put('addresses.data', '192.0.2.0/24\n2001:db8::/32\n# none\n203.0.113.9\n'),
    schema: put(
      'schema.json',
      '{"type":"object","maxProperties":1,"properties":{"a":{"type":["string","object"]}}}',
    ),
    geo: put('city.mmdb', writeMaxMind([{ bits, record }])),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

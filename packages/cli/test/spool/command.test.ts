import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { SpoolReader, SpoolWriter } from '@sluice/spool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runSpoolCat, runSpoolStat, runSpoolVerify } from '../../src/spool/command.ts';

class Printed extends Writable {
  text = '';

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A folder with the spools of two processes. */
async function twoSpools(text = 'x'): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-spool-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const index of ['0', '1']) {
    const writer = await SpoolWriter.open({ directory: join(root, index) });
    for (let number = 0; number < 3; number++) {
      const document = { number, text };
      writer.append({ dataSet: 'waf', id: `${index}-${number}`, source: '192.0.2.1', document });
    }
    await writer.close();
  }
  return root;
}

describe('sluice spool', () => {
  it('stat tells how much there is, and how far readers are behind', async () => {
    const root = await twoSpools();
    const reader = await SpoolReader.open({ directory: join(root, '1'), name: 'elasticsearch' });
    await reader.close();
    const out = new Printed();
    expect(await runSpoolStat(root, false, out)).toBe(0);
    expect(out.text).toMatch(/\/0: 3 records, \d+ bytes in 1 segments\n {2}since .*\n {2}no reader: /);
    expect(out.text).toMatch(/\/1: 3 records.*\n.*\n {2}reader elasticsearch: about 3 records behind, /);
    const json = new Printed();
    await runSpoolStat(root, true, json);
    expect(JSON.parse(json.text)).toMatchObject([
      { segments: [{ state: 'whole', records: { waf: 3, l7: 0 } }], readers: {} },
      { readers: { elasticsearch: { records: 3 } } },
    ]);
  });

  it('verify fails where something is damaged, and tells what', async () => {
    const root = await twoSpools();
    expect(await runSpoolVerify(root, false, new Printed())).toBe(0);
    const name = (await readdir(join(root, '1'))).find((file) => file.endsWith('.seg'))!;
    const path = join(root, '1', name);
    const bytes = await readFile(path);
    bytes[100]! ^= 1;
    await writeFile(path, bytes);
    const out = new Printed();
    expect(await runSpoolVerify(root, false, out)).toBe(1);
    expect(out.text).toMatch(/\/0: whole\n/);
    expect(out.text).toMatch(/\/1: 1 of 1 segments are damaged\n {2}1: damaged, 2 records, .* bytes damaged/);
  });

  it('cat prints every record, with nothing in it that a terminal obeys', async () => {
    const root = await twoSpools('\u001b[31m\u009b31m\u202eevil');
    const out = new Printed();
    await runSpoolCat(root, out);
    const lines = out.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['0-0', '0-1', '0-2', '1-0', '1-1', '1-2']);
    expect(JSON.parse(lines[0]!).document.text).toBe('\u001b[31m\u009b31m\u202eevil');
    expect(out.text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('says where there is no spool', async () => {
    await expect(runSpoolStat('/nonexistent', false, new Printed())).rejects.toMatchObject({
      code: 'SPOOL_NONE',
    });
  });
});

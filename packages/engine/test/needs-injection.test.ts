/**
 * What libinjection needs, as the scan takes it: no SQL injection in a value of nothing but letters, digits and `_`, no XSS
 * in one without `<` and `=`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { native } from '../src/native/binding.ts';
import { categoriesIn } from '../src/patterns/categories.ts';
import { operatorNeeds } from '../src/prefilter/expressions.ts';

/** 1 in an ordinary run; 100 make some minutes. */
const RUNS = Number(process.env.SLUICE_INJECTION_RUNS ?? '1');

/** Of each kind that libinjection knows: keywords, functions, operators, types, unions, expressions, variables' names. */
const SQL_WORDS =
  `UNION SELECT ALL DISTINCT FROM WHERE AND OR XOR NOT DIV MOD LIKE RLIKE REGEXP BETWEEN IN IS NULL ISNULL NOTNULL
  TRUE FALSE CASE WHEN THEN ELSE END INSERT INTO VALUES UPDATE SET DELETE DROP TABLE CREATE ALTER EXEC EXECUTE DECLARE CAST CONVERT
  CHAR NCHAR ASCII CONCAT CONCAT_WS SUBSTRING SUBSTR MID LENGTH SLEEP BENCHMARK WAITFOR DELAY PG_SLEEP VERSION USER DATABASE SCHEMA
  LOAD_FILE OUTFILE DUMPFILE HAVING GROUP GROUP_CONCAT ORDER BY LIMIT OFFSET ASC DESC COUNT SUM MIN MAX EXTRACTVALUE UPDATEXML IF
  IFNULL COALESCE COLLATE BINARY INT VARCHAR NVARCHAR XP_CMDSHELL SP_PASSWORD SP_EXECUTESQL SYSOBJECTS INFORMATION_SCHEMA PROCEDURE
  ANALYSE HANDLER DO SHUTDOWN GOTO BEGIN COMMIT ROLLBACK MERGE USING INNER OUTER LEFT RIGHT JOIN CROSS NATURAL ON AS EXISTS ANY SOME
  INTERSECT EXCEPT MINUS TOP PRINT RAISERROR KILL GRANT REVOKE DUAL ROWNUM CURRENT_USER SESSION_USER SYSTEM_USER UTL_HTTP
  NULLIF RAND MD5 HEX UNHEX N X B Q U E A _LATIN1 _UTF8 COS ABS`.split(/\s+/);

/** Numbers in all notations, whole and broken off, and what looks like them. */
const NUMBERS =
  `0 1 12 0x 0X 0x1f 0xg 0b 0B 0b1 0b12 0b2 1e 1E 1e5 1e5f 1e5d 1d 1f 1D 1F 1e1e 0e 00 0_ 1_ e1 _1 _ 1x 1b`.split(
    /\s+/,
  );

const HTML_WORDS =
  `script onerror onload onmouseover href src style javascript: vbscript: data: xmlns xlink:href svg iframe ! -- ]]> > /> / " ' \`
  \0 % & &lt; &#60; &#x3c &#106; \t \n \x0b ? !doctype !entity import expression( a 1`.split(
    / +|(?<=expression\()/,
  );

const sqlNeeds = operatorNeeds({
  name: 'detectSQLi',
  negated: false,
  text: '',
  argument: [],
  hasMacros: false,
  lines: null,
});
const xssNeeds = operatorNeeds({
  name: 'detectXSS',
  negated: false,
  text: '',
  argument: [],
  hasMacros: false,
  lines: null,
});

const lacks = (needs: readonly number[], value: string): boolean => {
  const holds = categoriesIn(value);
  return needs.some((clause) => (clause & holds) === 0);
};

/** Not an `expect` each: there are millions. */
function refuse(value: string, found: boolean): void {
  if (found) expect(value).toBe('not found by libinjection');
}

describe('SQL injection', () => {
  it('is never found in letters, digits and _, which are ruled out', () => {
    let asked = 0;
    const ask = (value: string): void => {
      asked++;
      if (!lacks(sqlNeeds, value)) expect(value).toBe('ruled out');
      refuse(value, native.detectSqli(value) !== null);
    };
    for (const a of ['', ...NUMBERS]) {
      for (const b of ['', ...NUMBERS]) {
        for (const word of SQL_WORDS) for (const end of ['', word, '1']) ask(`${a}${b}${word}${end}`);
        for (const c of NUMBERS) for (const d of ['', ...NUMBERS]) ask(a + b + c + d);
      }
    }
    expect(asked).toBeGreaterThan(500_000);
  }, 600_000);

  it('nor in any other such text', () => {
    const part = fc.oneof(
      fc.constantFrom(...SQL_WORDS),
      fc.constantFrom(...SQL_WORDS).map((word) => word.toLowerCase()),
      fc.constantFrom(...NUMBERS),
      fc.string({ unit: fc.constantFrom(...'abdefxqnu01289_EXB'), maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const value = parts.join('');
        refuse(value, native.detectSqli(value) !== null);
      }),
      { numRuns: 20_000 * RUNS },
    );
  }, 3_600_000);

  it('is looked for where another byte stands', () => {
    for (const value of [
      "1'or'1",
      '1 union select 1',
      '1;drop table x',
      'sleep(1)',
      '1/**/or/**/1',
      '1\xa0or\xa01',
    ]) {
      expect(lacks(sqlNeeds, value)).toBe(false);
    }
    expect(native.detectSqli('1 union select 1')).not.toBeNull();
  });
});

describe('XSS', () => {
  it('is never found without < and =', () => {
    const any = fc.nat(0xff).map((byte) => String.fromCharCode(byte));
    const part = fc.oneof(fc.constantFrom(...HTML_WORDS), fc.string({ unit: any, maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const value = parts.join('').replace(/[<=]/g, '');
        if (!lacks(xssNeeds, value)) expect(value).toBe('ruled out');
        refuse(value, native.detectXss(value));
      }),
      { numRuns: 20_000 * RUNS },
    );
  }, 3_600_000);

  it('is looked for where one of them stands, and needs no other byte', () => {
    for (const value of ['<script>', 'x onerror=alert(1)', '<!--', '='])
      expect(lacks(xssNeeds, value)).toBe(false);
    expect(native.detectXss('<script>alert(1)')).toBe(true);
  });
});

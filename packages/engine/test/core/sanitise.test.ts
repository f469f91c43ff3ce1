import { describe, expect, it } from 'vitest';
import { buildEvent } from '../../src/event/event.ts';
import { FORM, type Message, run } from './support.ts';

const SEEN = "msg:'saw %{MATCHED_VAR}',logdata:'%{MATCHED_VAR}'";

const eventText = (rules: string, message: Message): string =>
  JSON.stringify(buildEvent(run(rules, message).result));

describe('sanitise', () => {
  it('shows, without it, what it is to hide', () => {
    const text = eventText(`SecRule ARGS:note "@rx ." "id:1,phase:2,pass,${SEEN}"`, {
      uri: '/?note=visible-value',
    });
    expect(text).toContain('visible-value');
  });

  it('Arg hides an argument by its name, wherever it is seen', () => {
    const text = eventText(
      `SecAction "id:1,phase:1,pass,nolog,sanitiseArg:Note"
       SecRule ARGS|REQUEST_URI|REQUEST_BODY "@rx ." "id:2,phase:2,pass,${SEEN}"`,
      { method: 'POST', uri: '/?note=hidden-first&other=visible', headers: FORM, body: 'note=hidden-second' },
    );
    expect(text).not.toMatch(/hidden-(?:first|second)/);
    expect(text).toContain('visible');
  });

  it('Arg hides short values in their own place', () => {
    const event = buildEvent(
      run(`SecRule ARGS:pin "@rx ." "id:2,phase:2,pass,sanitizeArg:pin,${SEEN}"`, { uri: '/?pin=7&x=77' })
        .result,
    );
    expect(event.waf.rules[0]?.targets).toMatchObject([{ variable: 'ARGS:pin', value: '***' }]);
    expect(event.waf.rules[0]?.data).toBe('***');
  });

  it('RequestHeader and ResponseHeader hide headers by their names', () => {
    const text = eventText(
      `SecAction "id:1,phase:1,pass,nolog,sanitiseRequestHeader:X-Ticket,sanitiseResponseHeader:X-Grant"
       SecRule REQUEST_HEADERS|RESPONSE_HEADERS "@rx ." "id:2,phase:3,pass,${SEEN}"`,
      {
        headers: [
          ['Host', 'shop.example'],
          ['x-ticket', 'hidden-ticket'],
        ],
        response: {
          headers: [
            ['X-GRANT', 'hidden-grant'],
            ['X-Shown', 'shown-grant'],
          ],
        },
      },
    );
    expect(text).not.toMatch(/hidden-(?:ticket|grant)/);
    expect(text).toContain('shown-grant');
  });

  it.each(['sanitiseMatched', 'sanitiseMatchedBytes', 'sanitiseMatchedBytes:1/4'])(
    '%s hides what the rule matched',
    (action) => {
      const text = eventText(
        `SecRule ARGS "@rx ^hidden" "id:1,phase:2,pass,t:lowercase,${action},${SEEN}"
       SecRule ARGS "@rx ." "id:2,phase:2,pass,${SEEN}"`,
        { uri: '/?a=HIDDEN-value&b=visible-value' },
      );
      expect(text.toLowerCase()).not.toContain('hidden-value');
      expect(text).toContain('visible-value');
    },
  );

  it('Matched hides a variable without parts', () => {
    const text = eventText(`SecRule REQUEST_BASENAME "@rx ." "id:1,phase:1,pass,sanitiseMatched"`, {
      uri: '/a/file',
    });
    expect(text).toContain('"variable":"REQUEST_BASENAME","value":"***"');
  });

  it('Arg hides a value in whatever way it was escaped', () => {
    const rules = `SecAction "id:1,phase:1,pass,nolog,sanitiseArg:note"
      SecRule ARGS|REQUEST_URI_RAW|REQUEST_BODY "@rx ." "id:2,phase:2,pass,${SEEN}"`;
    for (const raw of ['the%20hidden%2Fvalue', 'the+hid%64en/value', '%74he+hidden%2fvalue']) {
      const inQuery = eventText(rules, { uri: `/?n%6fte=${raw}` });
      const inForm = eventText(rules, { method: 'POST', headers: FORM, body: `note=${raw}` });
      for (const text of [inQuery, inForm]) expect(text).not.toMatch(/hidden|hid%64en/);
    }
  });

  it('Matched hides what a later link of a chain got from the first', () => {
    const text = eventText(
      `SecRule ARGS:a "@rx ." "id:1,phase:2,pass,nolog,chain"
         SecRule MATCHED_VARS "@rx ." "sanitiseMatched"
       SecRule ARGS "@rx ." "id:2,phase:2,pass,${SEEN}"`,
      { uri: '/?a=hidden-value&b=visible-value' },
    );
    expect(text).not.toContain('hidden-value');
    expect(text).toContain('visible-value');
  });

  it('hides nothing where its rule did not match', () => {
    const rule = `SecRule ARGS:a "@streq no" "id:1,phase:1,pass,nolog,sanitiseArg:a"
      SecRule ARGS:a "@rx ." "id:2,phase:1,pass,${SEEN}"`;
    expect(eventText(rule, { uri: '/?a=visible-value' })).toContain('visible-value');
  });
});

/** What rules cost: from a real server behind Envoy, by its admin address, to the pages. */
import { pino } from 'pino';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import type { RuleCosts } from '../../packages/console/src/policies/answers.ts';
import { call } from '../envoy-client.ts';
import { type Stack, startStack } from '../envoy-stack.ts';
import { launch, openPage, seriousFaults, settled, signIn } from './browser.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, Visitor } from './stand.ts';

const ATTACK = '/?id=1%27%20union%20select%20password%20from%20users--%20';

let stack: Stack;
let stand: ConsoleStand;
let root: Visitor;
let browser: Browser;
const faults: string[] = [];

beforeAll(async () => {
  stack = await startStack({ settings: { admin: `127.0.0.1:${await freePort()}` } });
  stand = await startConsoleStand({
    deskOf: (store) =>
      new FileDesk({ file: stack.directory.join('0.yaml'), store, log: pino({ level: 'silent' }) }),
  });
  root = await admin(stand);
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await stand?.close();
  await stack?.stop();
});

const costs = async (): Promise<RuleCosts | null> =>
  (await root.ask('GET', '/api/rule-costs')).body.costs as RuleCosts | null;

describe('what rules cost', () => {
  it('comes of the requests that the server has timed', async () => {
    await expect
      .poll(
        async () => {
          await Promise.all(Array.from({ length: 20 }, () => call(stack.port, { path: ATTACK })));
          return (await costs())?.requests ?? 0;
        },
        { timeout: 60_000, interval: 1 },
      )
      .toBeGreaterThan(0);
    const found = await costs();
    expect(found?.micros).toBeGreaterThan(1);
    const rule = found?.rules.find(({ id }) => id === 942_100);
    expect(rule).toMatchObject({ asked: expect.any(Number) });
    expect(rule?.matched).toBeGreaterThan(0);
    expect(rule?.micros).toBeGreaterThan(0);
    expect(rule?.share).toBeLessThan(1);
  });

  it('is on the pages, the dearest first', async () => {
    const page = await openPage(browser, stand.url, faults);
    await signIn(page, 'root');
    await page.goto('/rules');
    await page.getByRole('tab', { name: 'What rules cost' }).click();
    await page.getByRole('link', { name: '942100' }).waitFor();
    expect(await page.locator('main').textContent()).toMatch(/A request takes [\d.,]+ µs of inspection/);
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('link', { name: '942100' }).click();
    await settled(page);
    await page.getByText(/It costs [\d.,]+ µs a request, [\d.]+ % of inspection/).waitFor();
    expect(faults).toEqual([]);
  });

  it('is nothing for who sees some namespaces only: rules of all are in it', async () => {
    await root.ask('PUT', '/api/users/vera', { role: 'viewer', namespaces: ['shop'], password: PASSWORD });
    const vera = new Visitor(stand.url);
    await vera.signIn('vera');
    const answer = await vera.ask('GET', '/api/rule-costs');
    expect([answer.status, vera.codeOf(answer)]).toEqual([403, 'CONSOLE_NAMESPACES']);
  });

  it('is told of no more where the server is away, and nothing else is wrong', async () => {
    stack.sluice.child.kill('SIGKILL');
    await stack.sluice.exited;
    expect(await costs()).toBeNull();
  });
});

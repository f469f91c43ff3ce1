import { describe, expect, it } from 'vitest';
import { build } from '../../src/reload/build.ts';
import { statusLines } from '../../src/reload/reload.ts';
import type { SluiceServer } from '../../src/server.ts';
import { BASE, clientOf, rule, World } from './support.ts';
import { reloadUnderLoad } from './under-load.ts';

const metric = async (server: SluiceServer, name: string): Promise<string> =>
  (await server.metrics.registry.metrics()).split('\n').find((line) => line.startsWith(name)) ?? '';

const POLICY = '  default: {mode: Block, ruleFiles: {after: [own.conf]}}';

const CRS_LIKE = `SecRuleEngine On
SecRule ARGS "@rx (?i)union\\s+select" "id:1,phase:2,deny,log"
`;

describe('the self-test', () => {
  it.each([
    ['finds no attack', BASE, 'SQL injection is not denied'],
    [
      'lets nothing pass',
      `${CRS_LIKE}SecAction "id:9,phase:1,deny"`,
      'an ordinary request is not let through',
    ],
  ])('keeps a base out of force that %s', async (_, base, reason) => {
    const world = new World();
    world.crs = true;
    const { server, reloader } = await world.start('  default: {mode: Block}', { base: CRS_LIKE });
    world.write('base.conf', base);
    expect(await reloader.reload('test')).toBe('refused');
    expect(statusLines(reloader.status).join()).toContain(reason);
    expect((await clientOf(server)('/?a=union+select')).outcome).toBe(403);
    world.write('base.conf', `${CRS_LIKE}SecAction "id:9,phase:1,pass,nolog"`);
    expect(await reloader.reload('test')).toBe('applied');
  });

  it('leaves it to a policy what its own rules deny', async () => {
    const world = new World();
    world.crs = true;
    world.write('own.conf', 'SecAction "id:10,phase:1,deny"');
    const { reloader } = await world.start(POLICY, { base: CRS_LIKE });
    world.write('own.conf', 'SecAction "id:11,phase:1,deny"');
    expect(await reloader.reload('test')).toBe('applied');
  });
});

describe('a reload', () => {
  it('takes rules, policies and their rule sets over together', async () => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    const { server, reloader } = await world.start(POLICY);
    const ask = clientOf(server);
    expect((await ask('/?a=first')).outcome).toBe(403);
    expect((await ask('/?a=second')).outcome).toBe('allow');
    world.write('own.conf', rule(10, 'second'));
    world.writeConfig(`${POLICY.replace('after', 'before')}\n  shop: {mode: Detect}`);
    const { version } = reloader.status;
    expect(await reloader.reload('test')).toBe('applied');
    expect((await ask('/?a=first')).outcome).toBe('allow');
    expect((await ask('/?a=second')).outcome).toBe(403);
    expect((await ask('/?a=evil', 'shop')).outcome).toBe('allow');
    expect(reloader.status.version).not.toBe(version);
    expect(await metric(server, 'sluice_reloads_total{outcome="applied"}')).toMatch(/ 1$/);
    expect(await metric(server, 'sluice_rule_set_info')).toContain(reloader.status.version);
  });

  it('tells the revision in force, and that of what was refused', async () => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    const { reloader } = await world.start(POLICY);
    expect(reloader.status.revision).toBeNull();
    world.writeConfig(`${POLICY}\nrevision: a`);
    expect(await reloader.reload('test')).toBe('unchanged');
    expect(reloader.status).toMatchObject({ revision: 'a', last: { revision: 'a' } });
    world.writeConfig('  default: {mode: Detect, ruleFiles: {after: [own.conf]}}\nrevision: b');
    expect(await reloader.reload('test')).toBe('applied');
    expect(reloader.status).toMatchObject({ revision: 'b', last: { revision: 'b' } });
    world.write('own.conf', 'SecRule ARGZ "@rx a" "id:10,deny"');
    world.writeConfig(`${POLICY}\nrevision: c`);
    expect(await reloader.reload('test')).toBe('refused');
    expect(reloader.status).toMatchObject({ revision: 'b', last: { revision: 'c' } });
  });

  it('changes nothing where nothing changed', async () => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    const { reloader, inspector } = await world.start(POLICY);
    expect(await reloader.reload('test')).toBe('unchanged');
    expect(inspector.current).toBe(1);
  });

  it('opens only what is new', async () => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    const known: number[] = [];
    const { reloader } = await world.start(POLICY, {
      build: async (engine, request, units, signal) => {
        const built = await build(engine, request, units, signal);
        known.push(built.generation.units.filter((unit) => [...units.values()].includes(unit)).length);
        return built;
      },
    });
    world.write('own.conf', rule(10, 'second'));
    await reloader.reload('test');
    world.write('own.conf', rule(10, 'third'));
    await reloader.reload('test');
    expect(known).toEqual([1, 1]);
  });

  it.each([
    ['a mistake in the configuration', '  default: {mode: Blok}', rule(10, 'second'), 'did you mean Block?'],
    ['a mistake in a rule', POLICY, 'SecRule ARGZ "@rx a" "id:10,deny"', 'own.conf:1:9'],
    ['a pattern that is none', POLICY, rule(10, 'x').replace('@contains', '@rx ('), 'own.conf:1'],
    ['rules that are not there', POLICY.replace('own', 'gone'), '', 'gone.conf'],
    [
      'exclusions that the engine refuses',
      POLICY.replace('mode: Block', 'mode: Block, exclusions: [{rules: [1], targets: [ARGZ]}]'),
      '',
      'ARGZ',
    ],
  ])('changes nothing with %s, and says why', async (_, policies, own, reason) => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    const { server, reloader } = await world.start(POLICY);
    const before = reloader.status;
    world.write('own.conf', own);
    world.writeConfig(policies);
    expect(await reloader.reload('test')).toBe('refused');
    const ask = clientOf(server);
    expect((await ask('/?a=first')).outcome).toBe(403);
    expect((await ask('/?a=evil')).outcome).toBe(403);
    expect(reloader.status).toMatchObject({ version: before.version, sinceMillis: before.sinceMillis });
    expect(statusLines(reloader.status).join('\n')).toContain(reason);
    expect(world.lines.join('')).toContain(JSON.stringify(reason).slice(1, -1));
    expect(await metric(server, 'sluice_reloads_total{outcome="refused"}')).toMatch(/ 1$/);
    expect(await metric(server, 'sluice_last_reload_successful')).toMatch(/ 0$/);
    world.write('own.conf', rule(10, 'second'));
    world.writeConfig(POLICY);
    expect(await reloader.reload('test')).toBe('applied');
    expect((await ask('/?a=second')).outcome).toBe(403);
  });

  it('changes nothing where a thread does not take the rules, and where building them fails', async () => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    const fail = () => Promise.reject(new RangeError('no memory'));
    const { server, reloader } = await world.start(POLICY, { build: fail });
    world.write('own.conf', rule(10, 'second'));
    expect(await reloader.reload('test')).toBe('failed');
    expect((await clientOf(server)('/?a=first')).outcome).toBe(403);
  });

  it('tells of settings that only a restart takes over', async () => {
    const world = new World();
    world.write('own.conf', '');
    const { reloader } = await world.start(POLICY);
    world.writeConfig(POLICY, 'limits: {poolThreads: 0, headerLinesMax: 7}');
    expect(await reloader.reload('test')).toBe('unchanged');
    expect(statusLines(reloader.status).at(-1)).toBe('taken over at the next start: limits');
  });

  it('runs once more where it is asked for meanwhile, and not twice', async () => {
    const world = new World();
    world.write('own.conf', rule(10, 'first'));
    let builds = 0;
    const { reloader } = await world.start(POLICY, {
      build: (...parts) => {
        builds++;
        return build(...parts);
      },
    });
    const all = [reloader.reload('a'), reloader.reload('b'), reloader.reload('c')];
    world.write('own.conf', rule(10, 'second'));
    await Promise.all(all);
    expect(builds).toBe(2);
  });
});

it('reloads under load lose no request and mix no generations', async () => {
  await reloadUnderLoad({ reloads: 5, requests: 2_000 });
});

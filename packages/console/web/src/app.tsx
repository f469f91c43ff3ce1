/** The frame around every page: where one can go, who one is. */
import {
  Anchor,
  AppShell,
  Burger,
  Button,
  Group,
  Loader,
  Menu,
  NavLink,
  Stack,
  Text,
  Title,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { ask } from './ask.ts';
import { SignIn } from './pages/sign-in.tsx';
import { FailureNote } from './parts/answer.tsx';
import { type SessionAnswer, useSession, useUser } from './session.tsx';

const Overview = lazy(async () => ({ default: (await import('./pages/overview.tsx')).Overview }));
const Events = lazy(async () => ({ default: (await import('./pages/events.tsx')).Events }));
const EventPage = lazy(async () => ({ default: (await import('./pages/event.tsx')).EventPage }));
const RequestPage = lazy(async () => ({ default: (await import('./pages/request.tsx')).RequestPage }));
const Alerts = lazy(async () => ({ default: (await import('./pages/alerts.tsx')).Alerts }));
const Traffic = lazy(async () => ({ default: (await import('./pages/traffic.tsx')).Traffic }));
const Workloads = lazy(async () => ({ default: (await import('./pages/workloads.tsx')).Workloads }));
const WorkloadPage = lazy(async () => ({ default: (await import('./pages/workload.tsx')).WorkloadPage }));
const Exclude = lazy(async () => ({ default: (await import('./pages/exclude.tsx')).Exclude }));
const Exclusions = lazy(async () => ({ default: (await import('./pages/exclusions.tsx')).Exclusions }));
const Promote = lazy(async () => ({ default: (await import('./pages/promote.tsx')).Promote }));
const Rules = lazy(async () => ({ default: (await import('./pages/rules.tsx')).Rules }));
const RulePage = lazy(async () => ({ default: (await import('./pages/rule.tsx')).RulePage }));
const Account = lazy(async () => ({ default: (await import('./pages/account.tsx')).Account }));
const Users = lazy(async () => ({ default: (await import('./pages/users.tsx')).Users }));
const AuditLog = lazy(async () => ({ default: (await import('./pages/audit.tsx')).AuditLog }));

interface Place {
  readonly href: string;
  readonly label: string;
  readonly admin?: boolean;
  /** Where there is a cluster. */
  readonly cluster?: boolean;
}

const PLACES: readonly Place[] = [
  { href: '/overview', label: 'Overview' },
  { href: '/events', label: 'Events' },
  { href: '/alerts', label: 'Alerts' },
  { href: '/traffic', label: 'Traffic' },
  { href: '/workloads', label: 'Workloads', cluster: true },
  { href: '/rules', label: 'Rules and policies' },
  { href: '/exclusions', label: 'Exclusions' },
  { href: '/promote', label: 'Promote' },
  { href: '/users', label: 'Users', admin: true },
  { href: '/audit', label: 'Audit log', admin: true },
];

/** Fragments, whose routes count as the switch's own. */
const WORKLOAD_ROUTES = (
  <>
    <Route path="/workloads" component={Workloads} />
    <Route path="/workloads/:namespace/:name">
      {({ namespace, name }) => <WorkloadPage namespace={namespace} name={name} />}
    </Route>
  </>
);

const POLICY_ROUTES = (
  <>
    <Route path="/events/waf/:id/exclude">{({ id }) => <Exclude id={id} />}</Route>
    <Route path="/rules" component={Rules} />
    <Route path="/rules/:id">{({ id }) => <RulePage id={id} />}</Route>
    <Route path="/exclusions" component={Exclusions} />
    <Route path="/promote" component={Promote} />
  </>
);

/** Where this user can go. */
function usePlaces(): readonly Place[] {
  const user = useUser();
  const hasCluster = useSession().answer?.cluster === true;
  return PLACES.filter(
    ({ admin, cluster }) => (admin !== true || user.role === 'admin') && (cluster !== true || hasCluster),
  );
}

export function App() {
  const { answer, failure } = useSession();
  if (failure !== null) return <FailureNote failure={failure} />;
  if (answer === null) return <Loader aria-label="Loading" m="xl" />;
  return answer.user === null ? <SignIn bootstrap={answer.bootstrap} ways={answer.ways} /> : <Frame />;
}

function Frame() {
  const [opened, { toggle, close }] = useDisclosure();
  const [location] = useLocation();
  const places = usePlaces();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="md"
    >
      <Anchor href="#main" className="skip" pos="absolute" left={-9999}>
        Skip to content
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Title order={1} size="h3">
              Sluice
            </Title>
          </Group>
          <Person />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Stack component="nav" gap={2} aria-label="Pages">
          {places.map(({ href, label }) => (
            <NavLink
              key={href}
              component={Link}
              href={href}
              label={label}
              variant="filled"
              autoContrast
              active={location.startsWith(href)}
              aria-current={location.startsWith(href) ? 'page' : undefined}
              onClick={close}
            />
          ))}
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="main">
        <Suspense fallback={<Loader aria-label="Loading" />}>
          <Switch>
            <Route path="/overview" component={Overview} />
            <Route path="/events" component={Events} />
            {POLICY_ROUTES}
            <Route path="/events/:dataSet/:id">
              {({ dataSet, id }) => <EventPage dataSet={dataSet} id={id} />}
            </Route>
            <Route path="/request" component={RequestPage} />
            <Route path="/alerts" component={Alerts} />
            <Route path="/traffic" component={Traffic} />
            {WORKLOAD_ROUTES}
            <Route path="/account" component={Account} />
            <Route path="/users" component={Users} />
            <Route path="/audit" component={AuditLog} />
            <Route path="/">
              <Redirect to="/overview" replace />
            </Route>
            <Route>
              <Text>There is no such page.</Text>
            </Route>
          </Switch>
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

function Person() {
  const user = useUser();
  const { take, lost } = useSession();
  const { setColorScheme } = useMantineColorScheme();
  const [, go] = useLocation();
  const signOut = (): void => {
    ask<SessionAnswer>('/api/session', { method: 'DELETE' }).then((answer) => {
      // The provider has a session of its own: without its end the next who comes is signed in by one click.
      if (answer.leave === null) take(answer);
      else window.location.assign(answer.leave);
    }, lost);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="compact-md">
          {user.name} ({user.role})
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.namespaces === null ? 'All namespaces' : `Namespaces: ${user.namespaces.join(', ')}`}
        </Menu.Label>
        {user.source === 'local' ? (
          <Menu.Item onClick={() => go('/account')}>Change password</Menu.Item>
        ) : (
          <Menu.Label>{user.source === 'oidc' ? 'Single sign-on' : 'Token of the cluster'}</Menu.Label>
        )}
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        <Menu.Item onClick={() => setColorScheme('light')}>Light</Menu.Item>
        <Menu.Item onClick={() => setColorScheme('dark')}>Dark</Menu.Item>
        <Menu.Item onClick={() => setColorScheme('auto')}>As the system has them</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

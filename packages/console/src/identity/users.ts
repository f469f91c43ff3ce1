/** Local users in a file of their own, 0600: `{"users": [{name, role, namespaces, password}]}`. */
import { z } from 'zod';
import { ConsoleError } from '../errors.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import { KeptFile } from './kept-file.ts';
import { hashPassword, PASSWORD_HASH, passwordFits } from './password.ts';
import { type Identity, identitySchema } from './role.ts';

const userSchema = identitySchema.extend({ password: z.string().regex(PASSWORD_HASH, 'no scrypt hash') });

const fileSchema = z.strictObject({ users: z.array(userSchema).max(CONSOLE_LIMITS.usersMax) });

type User = z.output<typeof userSchema>;

export class Users {
  readonly #file: KeptFile<z.output<typeof fileSchema>>;
  #users: ReadonlyMap<string, User>;

  /** @param path a file that need not be there. @throws ConsoleError CONSOLE_USERS */
  constructor(path: string) {
    this.#file = new KeptFile(path, fileSchema, 'CONSOLE_USERS');
    const users = this.#file.read()?.users ?? [];
    this.#users = new Map(users.map((user) => [user.name, user]));
    if (this.#users.size !== users.length) throw this.#file.unusable('a name is there twice');
  }

  get none(): boolean {
    return this.#users.size === 0;
  }

  list(): readonly Identity[] {
    return [...this.#users.values()].map(identityOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Identity | null {
    const user = this.#users.get(name);
    return user === undefined ? null : identityOf(user);
  }

  /** Takes as long for a name that nobody has. */
  async signIn(name: string, password: string): Promise<Identity | null> {
    const user = this.#users.get(name);
    const fits = await passwordFits(password, user?.password);
    // It may have been removed, or got another password, meanwhile.
    return fits && user !== undefined && this.#users.get(name) === user ? identityOf(user) : null;
  }

  /**
   * A new user, or another role or password of one.
   * @param password null: stays as it is
   * @throws ConsoleError CONSOLE_USER, CONSOLE_USERS
   */
  async put(identity: Identity, password: string | null): Promise<void> {
    const former = this.#users.get(identity.name)?.password;
    const hash = password === null ? former : await hashPassword(checkedPassword(identity.name, password));
    if (hash === undefined)
      throw new ConsoleError('CONSOLE_USER', { user: identity.name, reason: 'needs a password' });
    const user = {
      ...identity,
      namespaces: identity.namespaces === null ? null : [...identity.namespaces],
      password: hash,
    };
    this.#replace(new Map(this.#users).set(user.name, user), user.name);
  }

  /**
   * Another password, and nothing else: role and namespaces are those that the user has when it is written.
   * @returns the user as they are then
   * @throws ConsoleError CONSOLE_USER, also where they were changed or removed meanwhile; CONSOLE_USERS
   */
  async setPassword(name: string, password: string): Promise<Identity> {
    const user = this.#users.get(name);
    if (user === undefined) throw new ConsoleError('CONSOLE_USER', { user: name, reason: 'is not there' });
    const hash = await hashPassword(checkedPassword(name, password));
    // Who was removed or lost a role while this was hashed must not come back with it.
    if (this.#users.get(name) !== user)
      throw new ConsoleError('CONSOLE_USER', { user: name, reason: 'was changed or removed meanwhile' });
    this.#replace(new Map(this.#users).set(name, { ...user, password: hash }), name);
    return identityOf(user);
  }

  /** @throws ConsoleError CONSOLE_USER where there is none, or nobody would be left who may administer */
  remove(name: string): void {
    const users = new Map(this.#users);
    if (!users.delete(name)) throw new ConsoleError('CONSOLE_USER', { user: name, reason: 'is not there' });
    this.#replace(users, name);
  }

  #replace(users: ReadonlyMap<string, User>, changed: string): void {
    if (![...users.values()].some(({ role, namespaces }) => role === 'admin' && namespaces === null)) {
      throw new ConsoleError('CONSOLE_USER', {
        user: changed,
        reason: 'is the last admin of all namespaces',
      });
    }
    if (users.size > CONSOLE_LIMITS.usersMax) {
      throw new ConsoleError('CONSOLE_USER', {
        user: changed,
        reason: `is one more than ${CONSOLE_LIMITS.usersMax}`,
      });
    }
    this.#file.write({ users: [...users.values()] });
    this.#users = users;
  }
}

const identityOf = ({ name, role, namespaces }: User): Identity => ({ name, role, namespaces });

function checkedPassword(user: string, password: string): string {
  const { passwordCharactersMin: min, passwordCharactersMax: max } = CONSOLE_LIMITS;
  if (password.length >= min && password.length <= max) return password;
  throw new ConsoleError('CONSOLE_USER', { user, reason: `needs a password of ${min} to ${max} characters` });
}

/** Who somebody is to the console. A role may do what those before it may. */
import { z } from 'zod';

export const ROLES = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

export interface Identity {
  readonly name: string;
  readonly role: Role;
  /** Whose workloads' events they see; null: everybody's. */
  readonly namespaces: readonly string[] | null;
}

export const mayDo = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

export const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,62}$/, '1 to 63 small letters, digits, and . _ @ - behind the first');

/** As Kubernetes has them (RFC 1123 labels). */
export const namespaceSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a namespace');

export const identitySchema = z.strictObject({
  name: nameSchema,
  role: z.enum(ROLES),
  namespaces: z.array(namespaceSchema).min(1).max(256).nullable(),
});

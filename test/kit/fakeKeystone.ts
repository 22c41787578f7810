import { randomUUID } from 'node:crypto';
import { Refusal } from './imageFields';

/** A project at Keystone. */
interface Project {
  id: string;
  name: string;
}

/** What a request for a token says. */
interface Login {
  auth?: {
    identity: { password: { user: { password: string } } };
    scope: { project: { id?: string; name?: string } };
  };
}

const domain = { id: 'default', name: 'Default' };
/** The administrator's user. */
export const user = { id: 'admins-user', name: 'admin' };
const member = { id: 'role-of-members', name: 'member' };

/**
 * Stands in for the control plane's Keystone (Identity API v3): one user, who is the administrator of the first project and gets
 * the role `member` in others. A token for another project is the administrator's with the project's id behind a dot.
 */
export class FakeKeystone {
  readonly password = `pw-${randomUUID()}`;
  readonly token = `gAAAAA${randomUUID().replaceAll('-', '')}`;
  /** The first is the administrator's. */
  projects: Project[] = [{ id: 'admin', name: 'admin' }];
  /** Roles that can be given. */
  roles = [member];
  /** Roles of the user beside those that were asked for, in every project (an inherited role). */
  inherited: string[] = [];
  /** Tokens have expired: the next request with one gets 401. */
  expired = false;
  /** Ids of the projects in which the user has the role `member`. */
  private readonly memberOf = new Set<string>();

  /** Whether a token is valid. */
  knows(token: unknown): boolean {
    const project = projectOf(String(token));
    return (
      !this.expired &&
      String(token).startsWith(this.token) &&
      (project === undefined || this.memberOf.has(project))
    );
  }

  /**
   * The token for a login, and its description.
   * @param catalog URLs of the services by their types
   */
  authenticate({ auth }: Login, catalog: Record<string, string>): { token: string; body: object } {
    const { scope, identity } = auth as NonNullable<Login['auth']>;
    const project = this.projects.find(({ id, name }) =>
      scope.project.id === undefined ? name === scope.project.name : id === scope.project.id,
    );
    const isAdmin = project === this.projects[0];
    if (
      identity.password.user.password !== this.password ||
      !project ||
      !(isAdmin || this.memberOf.has(project.id))
    ) {
      throw new Refusal(401, 'The request you have made requires authentication.');
    }
    this.expired = false;
    const roles = [...(isAdmin ? ['admin'] : ['member', 'reader']), ...this.inherited];
    return {
      token: isAdmin ? this.token : `${this.token}.${project.id}`,
      body: {
        token: {
          user: { ...user, domain },
          project: { ...project, domain },
          roles: roles.map((name) => ({ id: `role-of-${name}s`, name })),
          catalog: Object.entries(catalog).map(([type, url]) => ({
            type,
            endpoints: ['admin', 'public', 'internal'].map((name) => ({
              interface: name,
              region: 'regionOne',
              url: name === 'admin' ? 'http://127.0.0.1:9' : url,
            })),
          })),
        },
      },
    };
  }

  /** Answers a request for projects or roles; undefined: the request is for another service. */
  answer(call: string, url: URL, json: unknown): [number, object?] | undefined {
    const [, , kind, id = '', , who, , role] = url.pathname.split('/').map(decodeURIComponent);
    const name = url.searchParams.get('name');
    if (kind === 'roles') {
      return [200, { roles: this.roles.filter((one) => one.name === name) }];
    }
    if (kind !== 'projects') {
      return undefined;
    }
    if (call === 'GET /v3/projects') {
      return [200, { projects: this.projects.filter((one) => one.name === name).map(shown) }];
    }
    if (call === 'POST /v3/projects') {
      const { project: asked } = json as { project: { name: string } };
      if (this.projects.some((one) => one.name === asked.name)) {
        throw new Refusal(
          409,
          `Conflict occurred attempting to store project - Duplicate entry ${asked.name}.`,
        );
      }
      const project = { ...asked, id: randomUUID().replaceAll('-', '') };
      this.projects.push(project);
      return [201, { project: shown(project) }];
    }
    const project = this.projects.find((one) => one.id === id);
    if (!project) {
      throw new Refusal(404, `Could not find project: ${id}.`);
    }
    if (call.startsWith('PUT ') && who === user.id && role === member.id) {
      this.memberOf.add(id);
      return [204];
    }
    if (call === `DELETE /v3/projects/${id}`) {
      this.projects = this.projects.filter((one) => one !== project);
      this.memberOf.delete(id);
      return [204];
    }
    return [200, { project: shown(project) }];
  }
}

/** The id of the project of a member's token; undefined: the administrator's project. */
export function projectOf(token: string): string | undefined {
  return token.split('.')[1];
}

function shown(project: Project): object {
  return { ...project, domain_id: domain.id };
}

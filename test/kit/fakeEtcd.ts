import { type Call, FakeApi } from './fakeApi';

interface Member {
  ID: string;
  name: string;
}

/** Stands in for the HTTP gateway of a site's etcd: one for all members, whose URLs end with their names. */
export class FakeEtcd extends FakeApi {
  members: Member[] = [];
  /** Names of members that do not work. */
  readonly down = new Set<string>();
  /** What became of members. */
  readonly events: string[] = [];

  /** HOST:PORT. */
  get address(): string {
    return new URL(this.url).host;
  }

  protected answer({ call, url, body }: Call): [number, object?] {
    if (call.startsWith('GET ') && url.pathname.endsWith('/health')) {
      return this.down.has(url.pathname.split('/')[1] as string) ? [503] : [200, { health: 'true' }];
    }
    if (call === 'POST /v3/cluster/member/list') {
      const members = this.members.map((one) => ({ ...one, clientURLs: [`${this.url}/${one.name}`] }));
      return [200, { members }];
    }
    if (call === 'POST /v3/cluster/member/remove') {
      const { ID: id } = JSON.parse(body) as { ID: string };
      const member = this.members.find(({ ID }) => ID === id);
      if (!member) {
        return [404, { error: 'etcdserver: member not found', code: 5 }];
      }
      const working = this.members.filter(({ name }) => !this.down.has(name));
      if (working.length <= this.members.length / 2) {
        return [503, { error: 'etcdserver: no leader' }];
      }
      this.members = this.members.filter((one) => one !== member);
      this.events.push(`${member.name} is removed`);
      return [200, {}];
    }
    return [404, {}];
  }
}

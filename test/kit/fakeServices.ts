import { type Call, FakeApi } from './fakeApi';

interface Aggregate {
  id: number;
  name: string;
  hosts: string[];
  metadata: Record<string, string>;
}

/**
 * Stands in for what the control plane's Nova, Neutron and Cinder say of hosts, with Nova's two rules on the order of
 * their removal (nova api/openstack/compute/services.py delete, aggregates.py). `catalog` is what Keystone's adds.
 */
export class FakeServices extends FakeApi {
  /** Every change that was asked for, as `METHOD path`. */
  readonly changes: string[] = [];
  aggregates: Aggregate[] = [];
  computes: {
    id: string;
    host: string;
    zone?: string;
    state?: string;
    status?: string;
    disabled_reason?: string | null;
  }[] = [];
  agents: { id: string; binary: string; host: string; alive?: boolean; admin_state_up?: boolean }[] = [];
  volumes: {
    binary: string;
    host: string;
    zone?: string;
    state?: string;
    status?: string;
    cluster?: string;
  }[] = [];
  clusters: { binary: string; name: string }[] = [];
  blockVolumes: { id: string; name: string; host: string; cluster?: string }[] = [];
  servers: { id: string; name: string; host: string }[] = [];

  /** Service types and their URLs. */
  get catalog(): Record<string, string> {
    const { url } = this;
    return { compute: `${url}/v2.1`, network: `${url}/v2.0/`, volumev3: `${url}/v3/of-admin` };
  }

  protected answer(request: Call): [number, object?] {
    const answer = this.give(request);
    if (!request.call.startsWith('GET ') && answer[0] < 300) {
      this.changes.push(request.call);
    }
    return answer;
  }

  private give({ call, url, headers, body }: Call): [number, object?] {
    const version = String(headers['openstack-api-version']);
    const id = url.pathname.split('/').at(-1) as string;
    if (call === 'GET /v2.1/os-services' && version === 'compute 2.53') {
      return [200, { services: this.computes }];
    }
    if (call === 'GET /v2.1/servers') {
      return [200, { servers: this.servers.filter(({ host }) => host === url.searchParams.get('host')) }];
    }
    if (call === 'GET /v2.1/os-aggregates') {
      return [200, { aggregates: this.aggregates }];
    }
    if (/^POST \/v2.1\/os-aggregates\/\d+\/action$/.test(call)) {
      const { host } = (JSON.parse(body) as { remove_host: { host: string } }).remove_host;
      if (!this.computes.some((service) => service.host === host)) {
        return [404, { itemNotFound: { code: 404, message: `Compute host ${host} could not be found.` } }];
      }
      const of = Number(url.pathname.split('/').at(-2));
      this.aggregates = this.aggregates.map((one) =>
        one.id === of ? { ...one, hosts: one.hosts.filter((name) => name !== host) } : one,
      );
      return [200, {}];
    }
    if (call.startsWith('DELETE /v2.1/os-aggregates/')) {
      this.aggregates = this.aggregates.filter((one) => String(one.id) !== id);
      return [200];
    }
    if (call.startsWith('PUT /v2.1/os-services/') && version === 'compute 2.53') {
      const change = JSON.parse(body) as { status: string; disabled_reason?: string };
      this.computes = this.computes.map((one) =>
        one.id === id ? { ...one, disabled_reason: null, ...change } : one,
      );
      return [200, {}];
    }
    if (call.startsWith('DELETE /v2.1/os-services/')) {
      this.computes = this.computes.filter((one) => one.id !== id);
      return [204];
    }
    if (call === 'GET /v2.0/agents') {
      return [200, { agents: this.agents }];
    }
    if (call.startsWith('DELETE /v2.0/agents/')) {
      this.agents = this.agents.filter((one) => one.id !== id);
      return [204];
    }
    if (call === 'GET /v3/of-admin/os-services' && version === 'volume 3.7') {
      return [200, { services: this.volumes }];
    }
    if (call === 'PUT /v3/of-admin/os-services/disable-log-reason' && version === 'volume 3.7') {
      const { host, disabled_reason: reason } = JSON.parse(body) as { host: string; disabled_reason: string };
      const changed = { status: 'disabled', disabled_reason: reason };
      this.volumes = this.volumes.map((one) => (one.host === host ? { ...one, ...changed } : one));
      return [200, { host, ...changed }];
    }
    if (call === 'GET /v3/of-admin/volumes/detail' && version === 'volume 3.61') {
      const after =
        this.blockVolumes.findIndex(({ id: each }) => each === url.searchParams.get('marker')) + 1;
      const page = this.blockVolumes.slice(after, after + Number(url.searchParams.get('limit')));
      const volumes = page.map(({ host, cluster, ...one }) => ({
        ...one,
        cluster_name: cluster ?? null,
        'os-vol-host-attr:host': host,
      }));
      return [200, { volumes }];
    }
    if (call === 'GET /v3/of-admin/clusters' && version === 'volume 3.7') {
      return [200, { clusters: this.clusters }];
    }
    return [404, { itemNotFound: { code: 404, message: `no ${call} at ${version}` } }];
  }
}

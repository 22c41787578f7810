import type { PublicTls } from '../lab';
import { publicTlsFiles } from './paths';

/** The absolute path on the undercloud of a file below the lab directory. */
type At = (file: string) => string;

/** Files that are not environment files: what the undercloud itself reads. */
export function publicTlsTexts({ certificate, intermediates, ca }: PublicTls): Record<string, string> {
  return {
    [publicTlsFiles.certificate]: certificate + intermediates,
    ...(ca !== undefined && { [publicTlsFiles.ca]: ca }),
  };
}

/**
 * Parameters of tls.yaml, for the control plane alone: services of edge sites ask internal end points, and
 * `openstack overcloud export` has the public ones (EndpointMapOverride). haproxy gets the certificates by SSLCertificate (THT
 * haproxy-public-tls-inject.yaml), the hosts get the CA by CAMap. PublicTLSCAFile is `cacert` in the undercloud's clouds.yaml (THT
 * keystone-container-puppet.yaml), which TripleO's tasks read, and `openstack` by OS_CLOUD of the rc file.
 */
export function publicTlsParameters(
  { certificate, intermediates, ca }: PublicTls,
  at: At,
): Record<string, unknown> {
  return {
    SSLCertificate: certificate,
    ...(intermediates !== '' && { SSLIntermediateCertificate: intermediates }),
    HorizonSecureCookies: true,
    ...(ca !== undefined && {
      CAMap: { 'glance-dcn-public': { content: ca } },
      PublicTLSCAFile: at(publicTlsFiles.ca),
    }),
  };
}

/** Words of the kit that write the private key into an environment file, if it fits the certificate. */
export function giveKey({ key }: PublicTls, at: At): string[] {
  const { certificate, key: output } = publicTlsFiles;
  return ['tls', 'key', '--certificate', at(certificate), '--key', key, '--output', at(output)];
}

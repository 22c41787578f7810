import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';

/** A certificate with its key, each a PEM file. */
export interface Certificate {
  certificate: string;
  key: string;
}

/** Options of a certificate for tests. */
export interface CertificateOptions {
  /** The CA that signs the certificate; absent: the certificate signs itself. */
  by?: Certificate;
  /** `CA:TRUE`; absent: the certificate of a server. */
  isCa?: boolean;
  /** subjectAltName, such as `IP:10.0.0.1,DNS:cloud.example.com`. */
  names?: string;
  /** Less than 0: it has expired. */
  days?: number;
}

/** Makes `<name>.pem` and `<name>.key` in a directory, by `openssl`. */
export async function makeCertificate(
  directory: string,
  name: string,
  { by, isCa = false, names, days = 2 }: CertificateOptions = {},
): Promise<Certificate> {
  const made = { certificate: path.join(directory, `${name}.pem`), key: path.join(directory, `${name}.key`) };
  const request = path.join(directory, `${name}.csr`);
  const config = path.join(directory, `${name}.cnf`);
  fs.writeFileSync(
    config,
    [
      '[req]\ndistinguished_name=name\n[name]\n[extensions]',
      `basicConstraints=critical,CA:${isCa ? 'TRUE' : 'FALSE'}`,
      ...(isCa ? ['keyUsage=critical,keyCertSign'] : []),
      ...(names ? [`subjectAltName=${names}\n`] : ['']),
    ].join('\n'),
  );
  await execa('openssl', [
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-config', config],
    ...['-subj', `/CN=${name}`, '-keyout', made.key, '-out', request],
  ]);
  await execa('openssl', [
    ...['x509', '-req', '-in', request, '-out', made.certificate, '-days', `${days}`],
    ...['-extfile', config, '-extensions', 'extensions'],
    ...(by ? ['-CA', by.certificate, '-CAkey', by.key, '-CAcreateserial'] : ['-signkey', made.key]),
  ]);
  fs.chmodSync(made.key, 0o600);
  return made;
}

/** A root CA, a CA below it, and a certificate of the latter for `names`, in a file with the one of the CA behind. */
export async function makeChain(
  directory: string,
  names: string,
  days?: number,
): Promise<{ ca: string; chain: string; server: Certificate; between: Certificate }> {
  const root = await makeCertificate(directory, 'root', { isCa: true, days: 30 });
  const between = await makeCertificate(directory, 'between', { isCa: true, by: root, days: 30 });
  const server = await makeCertificate(directory, 'server', {
    by: between,
    names,
    ...(days !== undefined && { days }),
  });
  const chain = path.join(directory, 'chain.pem');
  fs.writeFileSync(
    chain,
    [server, between].map(({ certificate }) => fs.readFileSync(certificate, 'utf8')).join(''),
  );
  return { ca: root.certificate, chain, server, between };
}

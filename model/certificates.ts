import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;
const certificateLabels = ['CERTIFICATE', 'X509 CERTIFICATE'];

/** Certificates of a PEM text (RFC 7468), each as PEM and parsed. */
export interface PemCertificate {
  pem: string;
  parsed: X509Certificate;
}

/**
 * The certificates of a PEM text, in order; undefined: a block labelled CERTIFICATE is none, or has no end. Texts outside of blocks are
 * comments. OpenSSL's TRUSTED CERTIFICATE is none: Python's clients do not read this form.
 */
export function certificatesIn(text: string): PemCertificate[] | undefined {
  const blocks = [...text.matchAll(block)].filter(([, label]) => certificateLabels.includes(label!));
  if (blocks.length !== [...text.matchAll(/-----BEGIN (X509 )?CERTIFICATE-----/g)].length) {
    return undefined;
  }
  try {
    return blocks.map(([pem]) => ({ pem: `${pem}\n`, parsed: new X509Certificate(pem) }));
  } catch {
    return undefined;
  }
}

/** Whether a PEM text has a private key. */
export function hasPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
}

/** Whether a certificate is for a name or address: by its subjectAltName alone, as today's clients look. */
export function isFor(certificate: X509Certificate, host: string): boolean {
  const found = isAddress(host)
    ? certificate.checkIP(host)
    : certificate.checkHost(host, { subject: 'never' });
  return found !== undefined;
}

const isAddress = (host: string): boolean => /^[0-9.]+$/.test(host) || host.includes(':');

/**
 * The subject at which the chain of certificates ends, if that is before a root among `roots`; undefined: it ends there. Each
 * certificate of the chain is signed by the next one.
 * @param chain the certificate, and those between it and the root, in any order
 */
export function missingIssuer(chain: X509Certificate[], roots: X509Certificate[]): string | undefined {
  const isRoot = (one: X509Certificate) => isSignedBy(one, one);
  const known = [...chain.slice(1), ...roots];
  let current = chain[0]!;
  for (const seen = new Set<string>(); !seen.has(current.fingerprint256);) {
    seen.add(current.fingerprint256);
    if (roots.some(({ fingerprint256 }) => fingerprint256 === current.fingerprint256) && isRoot(current)) {
      return undefined;
    }
    const issuers = known.filter((one) => isSignedBy(current, one));
    current = issuers.find(isRoot) ?? issuers[0] ?? current;
  }
  return oneLine(isRoot(current) ? current.subject : current.issuer);
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** A subject or an issuer in one line. */
export function oneLine(subject: string): string {
  return subject.split('\n').join(', ');
}

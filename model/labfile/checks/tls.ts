import type { X509Certificate } from 'node:crypto';
import { certificatesIn, hasPrivateKey, isFor, missingIssuer, oneLine } from '../../certificates';
import { controlPlane } from '../../names';
import { publicAddress } from '../../networks';
import { unreadableFile } from '../files';
import { type Finding, labPath } from '../findings';
import type { ResolvedLab } from '../resolve';
import type { ResolvedPublicTls } from '../tls';

type Fault = Pick<Finding, 'message' | 'remedy'>;

/**
 * Checks the certificate of the public end points and its CA. Whether the key fits and whether the certificate has expired is
 * checked on the undercloud (kit/cloud/certificates.py): the key is there alone, and a lab file has no time.
 */
export function checkTls({ publicTls, sites }: ResolvedLab): Finding[] {
  if (!publicTls) {
    return [];
  }
  const { written, ca } = publicTls;
  const own = read(publicTls.certificate);
  const roots = ca && read(ca);
  return [
    ...checkOtherNames(written, sites),
    ...('fault' in own ? [at('certificate', written.certificate, own.fault)] : []),
    ...(roots && 'fault' in roots ? [at('ca', written.ca, roots.fault)] : []),
    ...('fault' in own ? [] : checkNames(own.certificates[0]!, publicTls, sites)),
    ...(roots && 'certificates' in roots
      ? [
          ...checkRoots(written, roots.certificates, own),
          ...('fault' in own ? [] : checkChain(written, own.certificates, roots.certificates)),
        ]
      : []),
  ];
}

/** Finds TripleO's own parameters of the name, which would give another one to some of the end points. */
function checkOtherNames({ name }: ResolvedPublicTls['written'], sites: ResolvedLab['sites']): Finding[] {
  const named = ['CloudName', 'CloudNameCtlplane'];
  return name === undefined
    ? []
    : sites.flatMap((site) =>
        named
          .filter((parameter) => Object.hasOwn(site.written.parameters, parameter))
          .map((parameter) => ({
            at: labPath('sites', site.name, 'parameters', parameter),
            value: site.written.parameters[parameter],
            message: 'is a second name beside tls.public.name',
            remedy: 'Take one of them out',
          })),
      );
}

function at(key: 'certificate' | 'ca' | 'name', value: unknown, fault: Fault): Finding {
  return { at: labPath('tls', 'public', key), value, ...fault };
}

type Read = { certificates: X509Certificate[] } | { fault: Fault };

function read(file: ResolvedPublicTls['certificate']): Read {
  if ('unreadable' in file) {
    return { fault: unreadableFile(file) };
  }
  if (hasPrivateKey(file.text)) {
    return {
      fault: {
        message: 'has a private key, and this file becomes a part of previews and state',
        remedy:
          'Take the key out, put it on the undercloud, and make a new one if others could read this one',
      },
    };
  }
  const found = certificatesIn(file.text);
  return found && found.length > 0
    ? { certificates: found.map(({ parsed }) => parsed) }
    : {
        fault: {
          message: found ? 'has no certificate in PEM form' : 'has a certificate that cannot be read',
          remedy: 'Name a file with -----BEGIN CERTIFICATE-----, as `openssl x509 -in FILE` prints it',
        },
      };
}

function checkNames(
  certificate: X509Certificate,
  { written }: ResolvedPublicTls,
  sites: ResolvedLab['sites'],
): Finding[] {
  const subnets = sites.find(({ name }) => name === controlPlane)?.subnets ?? [];
  const host = written.name ?? publicAddress(subnets);
  if (host === undefined || isFor(certificate, host)) {
    return [];
  }
  const names = certificate.subjectAltName ?? 'no name';
  const remedy =
    written.name === undefined
      ? `Name a certificate with IP:${host} in its subjectAltName, or write a name of this one as name`
      : `Name a certificate with DNS:${host} in its subjectAltName first in the file, or write a name of this one as name`;
  const what =
    written.name === undefined ? 'the public virtual address' : 'the name of the public end points';
  return [
    at('certificate', written.certificate, { message: `is for ${names}, not for ${host}, ${what}`, remedy }),
  ];
}

/** Finds certificates beside the CA that sign nothing; a certificate that signs itself may be its own CA. */
function checkRoots({ ca }: ResolvedPublicTls['written'], roots: X509Certificate[], own: Read): Finding[] {
  const isOwn = ({ fingerprint256 }: X509Certificate) =>
    'certificates' in own && own.certificates[0]!.fingerprint256 === fingerprint256;
  const wrong = roots.find((root) => !root.ca && !isOwn(root));
  return wrong
    ? [
        at('ca', ca, {
          message: `has ${oneLine(wrong.subject)}, which is not the certificate of a CA`,
          remedy: 'Take it out, or name the file of the CA',
        }),
      ]
    : [];
}

function checkChain(
  { certificate }: ResolvedPublicTls['written'],
  chain: X509Certificate[],
  roots: X509Certificate[],
): Finding[] {
  const missing = missingIssuer(chain, roots);
  return missing === undefined
    ? []
    : [
        at('certificate', certificate, {
          message: `does not lead to a root in ca: the chain ends at ${missing}`,
          remedy:
            'Put the certificates between this one and the root behind it in the file, and the root that signed them into ca',
        }),
      ];
}

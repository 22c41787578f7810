import * as z from 'zod';
import { absolutePath, domain, relativePath } from './text';

export const tls = z
  .strictObject({
    public: z
      .strictObject({
        certificate: relativePath().describe(
          'PEM file with the certificate, which has the name or address of the public end points among its `subjectAltName`, then the ' +
            'certificates between it and the CA; relative to the lab file.',
        ),
        key: absolutePath().describe(
          'Path on the undercloud of the PEM file with the private key, without a passphrase and readable by its user alone. The key stays there.',
        ),
        ca: relativePath()
          .optional()
          .describe(
            'PEM file with the root CA of the certificate, relative to the lab file. The undercloud’s clients and the hosts of the control ' +
              'plane then trust it. Default: a CA that their systems trust.',
          ),
        name: domain()
          .refine((name) => !/^[0-9.]+$/.test(name), 'is an address')
          .meta({ patternErrorMessage: 'Write a DNS name, or leave the key out: the end points then have the virtual address' })
          .optional()
          .describe(
            'DNS name of the public end points (`CloudName`), which leads to the control plane’s public virtual address on the undercloud and ' +
              'wherever clients are. Default: the end points have the address itself.',
          ),
      })
      .describe('Public end points by https.'),
  })
  .optional()
  .describe(
    'TLS. Without it, all end points are plain http. Internal end points stay so: TLS everywhere is not possible (docs/operators-guide.md#tls).',
  );

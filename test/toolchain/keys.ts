import { utils } from 'ssh2';

/**
 * An ed25519 key pair in OpenSSH's format, the private key encrypted where a passphrase is given. ssh2's generator drops
 * the zero bytes that a public key may begin with, so that one pair in 256 cannot be read back: such a one is made anew.
 */
export function ed25519KeyPair(passphrase?: string): { private: string; public: string } {
  for (;;) {
    const pair =
      passphrase === undefined
        ? utils.generateKeyPairSync('ed25519')
        : utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 16 });
    if (!(utils.parseKey(pair.private, passphrase) instanceof Error)) {
      return pair;
    }
  }
}

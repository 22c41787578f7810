import { utils } from 'ssh2';

/**
 * An ed25519 key pair in OpenSSH's format; a passphrase encrypts the private key. ssh2's generator drops leading zero bytes of
 * the public key, so one pair in 256 is invalid and is generated again.
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

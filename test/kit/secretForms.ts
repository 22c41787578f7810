const forms: ((secret: string) => string)[] = [
  (secret) => `password=${secret}`,
  (secret) => `"adminPass": "${secret}"`,
  (secret) => `transport_url = rabbit://guest:${secret}@10.0.0.1:5672//`,
  (secret) => `GET https://me:${secret}@example.com/x.qcow2 failed`,
  (secret) => `https://example.com/x?X-Amz-Signature=${secret}`,
  (secret) => `X-Auth-Token: ${secret}`,
  (secret) => `keystone::admin_password: ${secret}`,
  (secret) => `openstack --os-password ${secret} image list`,
  (secret) => `cannot open '/etc/x/password=${secret}'`,
  (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
];

/** Texts of other programs that have a secret, each in another form. The secrets are hushhush<name>x<number of the form>Zz8. */
export function secretTexts(name: number | string): string[] {
  return forms.map((form, number) => form(`hushhush${name}x${number}Zz8`));
}

/** Matches the secrets that tests plant, and their parts; too long to be in encrypted text by chance. */
export const planted = /hushhush\w*/g;

import { type LabFileError, parseLab } from '../../model';
import { faultsOf, labText, smallEdge } from './labs';

/* Secrets that stand where a lab file can have one: each is refused at its place, and no message shows it. */

const cephx = 'AQDLh2RgAAAAABAAHx5lvWmjVTQ2pEDbkW0rnA==';
const fernet = 'gAAAAABkJx3q7ZqX0y8Q2V9L1m4N6pRstUvWxYz';

/** A secret, the value of `parameters` in the flow style of YAML, and the path of the fault below `parameters`. */
const inParameters: [secret: string, parameters: string, path: string][] = [
  ['hush-01', '{ AdminPassword: hush-01 }', 'AdminPassword'],
  ['hush-02', '{ CinderPureAPIToken: hush-02 }', 'CinderPureAPIToken'],
  ['hush-03', '{ RabbitCookie: hush-03 }', 'RabbitCookie'],
  ['hush-04', '{ PacemakerRemoteAuthkey: hush-04 }', 'PacemakerRemoteAuthkey'],
  ['hush-05', '{ SwiftHashSuffix: hush-05 }', 'SwiftHashSuffix'],
  ['hush-06', '{ BarbicanSimpleCryptoKek: hush-06 }', 'BarbicanSimpleCryptoKek'],
  ['hush-07', '{ BarbicanPkcs11CryptoLogin: hush-07 }', 'BarbicanPkcs11CryptoLogin'],
  ['hush-08', '{ KeystoneCredential0: hush-08 }', 'KeystoneCredential0'],
  ['hush-09', '{ KeystoneOpenIdcClientSecret: hush-09 }', 'KeystoneOpenIdcClientSecret'],
  ['hush-10', '{ OctaviaCaKeyPassphrase: hush-10 }', 'OctaviaCaKeyPassphrase'],
  ['hush-11', '{ CinderBackupS3SecretKey: hush-11 }', 'CinderBackupS3SecretKey'],
  [
    'hush-12',
    '{ NeutronBigswitchRestproxyServerAuth: "admin:hush-12" }',
    'NeutronBigswitchRestproxyServerAuth',
  ],
  [
    'hush-13',
    '{ ContainerImageRegistryCredentials: { docker.io: { me: hush-13 } } }',
    'ContainerImageRegistryCredentials',
  ],
  ['hush-14', '{ CinderBackupGcsCredentials: { private_key_id: hush-14 } }', 'CinderBackupGcsCredentials'],
  ['hush-15', '{ DefaultPasswords: { mysql: hush-15 } }', 'DefaultPasswords'],
  ['hush-16', '{ KeystoneFernetKeys: { /etc/0: { content: hush-16 } } }', 'KeystoneFernetKeys'],
  ['hush-17', '{ RhsmVars: { rhsm_password: hush-17 } }', 'RhsmVars.rhsm_password'],
  ['hush-18', '{ RhsmVars: { rhsm_activation_key: hush-18 } }', 'RhsmVars.rhsm_activation_key'],
  ['hush-19', '{ RhsmVars: { rhsm_rhsm_proxy_password: hush-19 } }', 'RhsmVars.rhsm_rhsm_proxy_password'],
  [
    'hush-20',
    '{ ComputeHCIParameters: { RhsmVars: { rhsm_password: hush-20 } } }',
    'ComputeHCIParameters.RhsmVars.rhsm_password',
  ],
  [
    'hush-21',
    '{ ExtraConfig: { "keystone::admin_password": hush-21 } }',
    'ExtraConfig.keystone::admin_password',
  ],
  [
    'hush-22',
    '{ ExtraConfig: { "nova::db::mysql::password": hush-22 } }',
    'ExtraConfig.nova::db::mysql::password',
  ],
  ['hush-23', '{ ExtraConfig: { "redis::requirepass": hush-23 } }', 'ExtraConfig.redis::requirepass'],
  [
    'hush-24',
    '{ ExtraConfig: { "swift::dispersion::auth_pass": hush-24 } }',
    'ExtraConfig.swift::dispersion::auth_pass',
  ],
  [
    'hush-25',
    '{ ControllerExtraConfig: { "neutron::agents::metadata::shared_secret": hush-25 } }',
    'ControllerExtraConfig.neutron::agents::metadata::shared_secret',
  ],
  [
    'hush-26',
    '{ ExtraConfig: { "octavia::certificates::ca_private_key_data": hush-26 } }',
    'ExtraConfig.octavia::certificates::ca_private_key_data',
  ],
  [
    'hush-27',
    '{ ExtraConfig: { "nova::config::nova_config": { "keystone_authtoken/password": { value: hush-27 } } } }',
    'ExtraConfig.nova::config::nova_config.keystone_authtoken/password',
  ],
  [
    'hush-28',
    '{ ExtraConfig: { "nova::database_connection": "mysql+pymysql://nova:hush-28@10.0.0.1/nova" } }',
    'ExtraConfig.nova::database_connection',
  ],
  [
    'hush-29',
    '{ KeystoneLDAPBackendConfigs: { ad: { user: cn=x, password: hush-29 } } }',
    'KeystoneLDAPBackendConfigs.ad.password',
  ],
  [
    'hush-30',
    '{ DockerInsecureRegistryAddress: ["https://me:hush-30@registry.example.com"] }',
    'DockerInsecureRegistryAddress[0]',
  ],
  [
    'hush-31',
    '{ LunasaVars: { lunasa_hsms: [{ name: a, admin_password: hush-31 }] } }',
    'LunasaVars.lunasa_hsms[0].admin_password',
  ],
  ['hush-32', '{ LunasaVars: { lunasa_client_pin: hush-32 } }', 'LunasaVars.lunasa_client_pin'],
  ['hush-33', '{ CollectdOptions: ["password=hush-33"] }', 'CollectdOptions[0]'],
  ['hush-34', '{ Proxy: { environment: ["PROXY_PASSWORD=hush-34"] } }', 'Proxy.environment[0]'],
  ['31415926', '{ SnmpdReadonlyUserPassword: 31415926 }', 'SnmpdReadonlyUserPassword'],
  [cephx, `{ CephConfigOverrides: { client: { x: "${cephx}" } } }`, 'CephConfigOverrides.client.x'],
  [fernet, `{ ExtraConfig: { x: [[{ y: ${fernet} }]] } }`, 'ExtraConfig.x[0][0].y'],
  [
    'hush-35',
    '{ MigrationSshKey: { private_key: "-----BEGIN RSA PRIVATE KEY----- hush-35", public_key: ssh-rsa AAAA } }',
    'MigrationSshKey',
  ],
  ['hush-36', '{ ExtraConfig: { x: "-----BEGIN OPENSSH PRIVATE KEY-----\\nhush-36" } }', 'ExtraConfig.x'],
];

/** A secret outside of the parameters, a line of the lab file with it, and the path of its first fault. */
const elsewhere: [secret: string, line: string, path: string, remedy: RegExp][] = [
  [
    'hush-41',
    'glance-dcn:images: { x: { source: { url: "https://me:hush-41@example.com/x" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-42',
    'glance-dcn:images: { x: { source: { url: "https://example.com/x?X-Amz-Date=1&X-Amz-Signature=hush-42" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-43',
    'glance-dcn:images: { x: { source: { url: "https://example.com/x?token=hush-43" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-44',
    'glance-dcn:images: { x: { source: { url: "ftp://me:hush-44@example.com/x" } } }',
    'glance-dcn:images.x.source.url',
    /file: …/,
  ],
  [
    'hush-45',
    'glance-dcn:undercloud: { privateKeyFile: "-----BEGIN PRIVATE KEY----- hush-45" }',
    'glance-dcn:undercloud.privateKeyFile',
    /a file that only you may read/,
  ],
  [
    'hush-46',
    'glance-dcn:undercloud: { host: "ssh://stack:hush-46@director" }',
    'glance-dcn:undercloud.host',
    /file/,
  ],
];

const edge = (parameters: string): string =>
  labText({ edges: `    dcn0: { parameters: ${parameters}, nodes: { h-0: DistributedComputeHCI } }\n` });

function messageOf(text: string): string {
  try {
    parseLab('dev', text);
    return '';
  } catch (error) {
    return (error as LabFileError).message;
  }
}

test.each(inParameters)('%s among the parameters is refused', (secret, parameters, path) => {
  const faults = faultsOf(edge(parameters));
  expect(faults.map((fault) => fault.path)).toEqual([`glance-dcn:sites.dcn0.parameters.${path}`]);
  expect(faults[0]!.remedy).toMatch(/file of mode 0600 on the undercloud/);
  expect(messageOf(edge(parameters))).not.toContain(secret);
});

test.each(elsewhere)('%s in another value is refused', (secret, line, path, remedy) => {
  const text = labText({ rest: `  ${line}\n` });
  const faults = faultsOf(text);
  expect(faults[0]).toMatchObject({ path, remedy: expect.stringMatching(remedy) as string });
  expect(messageOf(text)).not.toContain(secret);
});

test('a message about another fault shows no secret of the value', () => {
  for (const parameters of [
    '[{ AdminPassword: hush-51 }]',
    '{ nova_password: hush-52, CephClientConfigVars: { password: hush-53 } }',
    '{ GlanceBackend: { RhsmVars: { rhsm_password: hush-54 } } }',
    '{ AdminPassword: *hush-55 }',
    '\n        AdminPassword: |hush-56',
  ]) {
    expect(messageOf(edge(parameters))).toMatch(/fault/);
    expect(messageOf(edge(parameters))).not.toMatch(/hush/);
  }
});

test('names and values that are no secrets are accepted', () => {
  const parameters = `
        KeystoneNotificationTopics: [notifications]
        KeystoneFernetMaxActiveKeys: 5
        KeystoneTokenProvider: fernet
        ManageKeystoneFernetKeys: true
        PasswordAuthentication: 'no'
        CertificateKeySize: '2048'
        BarbicanPkcs11CryptoTokenLabel: label
        OctaviaAmphoraSshKeyFile: /home/stack/octavia.pub
        KeyName: default
        RsyslogElasticsearchTlsClientKey: ''
        NovaPCIPassthrough: [{ vendor_id: '8086' }]
        GlanceApiPolicies: { glance-copy_image: { key: copy_image, value: "'public':%(visibility)s" } }
        RhsmVars: { rhsm_username: me, rhsm_release: '8.4', rhsm_repos: [rhel-8-for-x86_64-baseos-eus-rpms] }
        ExtraConfig:
          'ovn::ovn_nb_private_key': /etc/pki/tls/private/ovn.key
          'nova::compute::rbd::libvirt_rbd_secret_uuid': 4b5c8c0a-ff60-454b-a1b4-9747aa737d19
          'nova::keystone::service_user::send_service_user_token': true
          'neutron::password': "%{hiera('neutron_password')}"
          'ssh::authorized_keys': [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5]
        Kernel: 'console=ttyS0 intel_iommu=on'
        Mirror: https://git@example.com/x?version=2
`;
  const edges = `    dcn0:\n      nodes: { h-0: DistributedComputeHCI }\n      parameters:${parameters}`;
  expect(faultsOf(labText({ edges }))).toEqual([]);
  const images = `  glance-dcn:images: { my-token: { source: { generated: { sizeMiB: 1, seed: a } }, sites: [dcn0] } }\n`;
  expect(faultsOf(labText({ edges: smallEdge, rest: images }))).toEqual([]);
});

/* Parameters of TripleO with and without secrets, for the lab file and for environment files. */

const cephx = 'AQDLh2RgAAAAABAAHx5lvWmjVTQ2pEDbkW0rnA==';
const fernet = 'gAAAAABkJx3q7ZqX0y8Q2V9L1m4N6pRstUvWxYz';

/** A secret, the value of `parameters` in the flow style of YAML, and the path of the fault below `parameters`. */
export const secretParameters: [secret: string, parameters: string, path: string][] = [
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

/** Parameters, in YAML, whose names and values are no secrets. */
export const harmlessParameters = `
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

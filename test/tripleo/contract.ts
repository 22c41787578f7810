/*
 * The plan is written for the client of TripleO Wallaby (openstack-archive/python-tripleoclient, branch stable/wallaby at
 * f3599d06), which no registry has. The sandbox has version 20.0.0, of Zed, with Wallaby's options for time servers added
 * (wallaby_ceph.py). This file lists the differences between the two in the verbs that the plan uses.
 */

/** Options and names of positional arguments of each command of Wallaby's client, from its sources. */
export const wallaby: Record<string, string[]> = {
  'overcloud network provision': words(
    'networks_file -o --output -y --yes --stack --templates --working-dir',
  ),
  'overcloud network unprovision': words('networks_file -y --yes'),
  'overcloud network vip provision': words('vip_file -o --output -y --yes --stack --templates --working-dir'),
  'overcloud node provision': words(
    'input -o --output -y --yes --stack --overcloud-ssh-user --overcloud-ssh-key --concurrency --timeout ' +
      '--network-ports --network-config --templates --working-dir',
  ),
  'overcloud node unprovision': words('input --stack --all -y --yes --network-ports'),
  'overcloud roles generate': words('roles -o --output-file --skip-validate --roles-path'),
  'overcloud ceph deploy': words(
    'baremetal_env -o --output -y --yes --cephadm-ssh-user --stack --working-dir --roles-data --network-data --public-network-name ' +
      '--cluster-network-name --cluster --mon-ip --config --cephadm-extra-args --force --ansible-extra-vars ' +
      '--ceph-client-username --ceph-client-key --skip-cephx-keys --single-host-defaults --ntp-server ' +
      '--ntp-heat-env-file --skip-ntp --skip-user-create --skip-hosts-config --skip-container-registry-config ' +
      '--ceph-spec --osd-spec --crush-hierarchy --standalone --tld --container-image-prepare ' +
      '--cephadm-default-container --container-namespace --container-image --container-tag --registry-url ' +
      '--registry-username --registry-password',
  ),
  'overcloud deploy': words(
    '--templates --stack -t --timeout --libvirt-type --ntp-server --no-proxy --overcloud-ssh-user ' +
      '--overcloud-ssh-key --overcloud-ssh-network --overcloud-ssh-enable-timeout --overcloud-ssh-port-timeout -e ' +
      '--environment-file --environment-directory -r --roles-file -n --networks-file --vip-file --no-cleanup ' +
      '--update-plan-only --validation-errors-nonfatal --validation-warnings-fatal --disable-validations ' +
      '--inflight-validations --dry-run --run-validations --skip-postconfig --force-postconfig ' +
      '--skip-deploy-identifier --answers-file --disable-password-generation --deployed-server --provision-nodes ' +
      '--config-download --no-config-download --stack-only --config-download-only --setup-only --config-dir ' +
      '--config-type --no-preserve-config --output-dir --override-ansible-cfg --config-download-timeout ' +
      '--deployment-python-interpreter -b --baremetal-deployment --network-config --limit --tags --skip-tags ' +
      '--ansible-forks --disable-container-prepare --working-dir --heat-type --heat-container-api-image ' +
      '--heat-container-engine-image --rm-heat --skip-heat-pull --disable-protected-resource-types -y --yes ' +
      '--allow-deprecated-network-data',
  ),
  'overcloud delete': words(
    'stack -y --yes -s --skip-ipa-cleanup -b --baremetal-deployment --networks-file --network-ports --heat-type',
  ),
  'overcloud export': words(
    '--stack -o --output-file -f --force-overwrite --working-dir --config-download-dir --no-password-excludes',
  ),
  'overcloud export ceph': words(
    '--stack -k --cephx-key-client-name -o --output-file -f --force-overwrite --config-download-dir',
  ),
};

/** Options that only the sandbox's client has, by verb: Zed's can deploy ganesha with a virtual address. */
export const onlyInstalled: Record<string, string[]> = {
  'overcloud ceph deploy': words('--ceph-vip --daemons'),
};

/** The verb of an `openstack` command of the plan, and its options. */
export function verbOf(argv: string[]): { verb: string; options: string[] } {
  const line = argv.slice(1).join(' ');
  const verb = Object.keys(wallaby)
    .filter((name) => line.startsWith(`${name} `))
    .sort((a, b) => b.length - a.length)[0];
  if (verb === undefined) {
    throw new Error(`contract.ts has no verb of: openstack ${line}`);
  }
  return { verb, options: argv.filter((word) => /^--?[a-z]/.test(word)) };
}

/** The options that a command's `--help` lists, in all their forms. */
export function optionsIn(help: string): string[] {
  const lines = help.split('\n').filter((line) => line.startsWith('  -'));
  const found = lines.flatMap((line) => {
    const withoutText = line.slice(2).split(/ {2,}/)[0] as string;
    return [...withoutText.matchAll(/(?:^|, )(--?[a-z][a-z-]*)/g)].map((match) => match[1] as string);
  });
  return [...new Set(found)].filter((word) => word !== '-h' && word !== '--help');
}

function words(text: string): string[] {
  return text.split(' ');
}

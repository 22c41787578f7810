import { within } from './undercloud';

jest.setTimeout(60_000);

/* What the message for a failed job quotes of outputs in the form of TripleO's client. */

const uuid = '525400e5-5a24-c5ec-e9a4-000000001b6e';
const stamp = '2026-11-30 06:01:02.123456';
const dense = (state: string, ...fields: string[]) =>
  [stamp, uuid, state.padStart(10), ...fields].join(' | ');
const error = (result: object) => `error=${JSON.stringify(result)}`;

/** What follows the failed task of a play: Ansible's recap, the callbacks of TripleO, and the client's end. */
const end = [
  '',
  'NO MORE HOSTS LEFT *************************************************************',
  '',
  'PLAY RECAP *********************************************************************',
  'oc0-ceph-2                 : ok=210  changed=71   unreachable=0    failed=1    skipped=93   rescued=0    ignored=0   ',
  'localhost                  : ok=0    changed=0    unreachable=0    failed=0    skipped=2    rescued=0    ignored=0   ',
  `${stamp} | ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ Summary Information ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~`,
  `${stamp} | ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ Total Tasks: 412        ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~`,
  ...Array.from({ length: 20 }, () =>
    dense('SUMMARY', 'oc0-ceph-2', 'tripleo_container_manage : Pull images', '40.21s'),
  ),
  `${stamp} | ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ End Summary ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~`,
  `${stamp} | ~~~~~~~~~~~~~~~~~~ Number of nodes which did not deploy successfully: 1 ~~~~~~~~~~~~~~~~~`,
  'Ansible execution failed. playbook: /home/stack/overcloud-deploy/dcn0/config-download/dcn0/deploy_steps_playbook.yaml, Run Status: failed, Return Code: 2, To rerun the failed command manually execute the following script: /home/stack/overcloud-deploy/dcn0/config-download/ansible-playbook-command.sh',
  'Overcloud Endpoint: None',
  'Overcloud Horizon Dashboard URL: None',
  'Overcloud rc file: None and None',
  'Overcloud Deployed with error',
];

const refusal = 'Error: initializing source docker://undercloud:8787/nova-libvirt: connection refused';
const command = {
  changed: true,
  cmd: ['podman', 'pull', 'nova-libvirt'],
  msg: 'non-zero return code',
  rc: 125,
  stderr: `time="06:01" level=warning msg="a warning"\n${refusal}`,
  stdout: '',
};

const outputs: [string, string[], string[]][] = [
  [
    "a task that failed, with the end of its command's errors",
    [
      dense('TASK', 'Pull images'),
      dense('FATAL', 'Pull images', 'oc0-ceph-2', error(command)),
      dense('TIMING', 'Pull images', 'oc0-ceph-2', '0:03:12.991', '4.20s'),
      ...end,
    ],
    [
      `task "Pull images" on oc0-ceph-2: non-zero return code: time="06:01" level=warning msg="a warning" ${refusal}`,
    ],
  ],
  [
    'the same failure of several hosts once, colours left out, and no ignored failure',
    [
      dense('IGNORED', 'Look for podman', 'oc0-ceph-2', error({ msg: 'none here' })),
      ...['oc0-ceph-2', 'oc0-ceph-3'].map(
        (host) =>
          `\x1b[0;31m${dense('FATAL', 'Wait for NTP', host, error({ changed: false, msg: 'no sync' }))}\x1b[0m`,
      ),
      ...end,
    ],
    ['task "Wait for NTP" on oc0-ceph-2, oc0-ceph-3: no sync'],
  ],
  [
    'the item of a loop, a host that cannot be reached, and the output of a task that another task shows',
    [
      dense(
        'FATAL',
        'Create dir | owner',
        'oc0-ceph-2 -> 192.0.2.7',
        'item=/var/lib/nova',
        error({ msg: 'no space' }),
      ),
      dense('UNREACHABLE', 'Gather facts', 'oc0-ceph-3'),
      dense(
        'FATAL',
        'Debug output for task: Run puppet host configuration for step 1',
        'oc0-ceph-2',
        `error=${JSON.stringify({ changed: false, failed_when_result: true, 'outputs.stdout_lines': ['Notice: x', 'Error: Evaluation Error: no such fact'] }, null, 4)}`,
      ),
      ...end,
    ],
    [
      'task "Create dir | owner" (item /var/lib/nova) on oc0-ceph-2 -> 192.0.2.7: no space',
      'task "Gather facts" on oc0-ceph-3: the host cannot be reached',
      'Run puppet host configuration for step 1" on oc0-ceph-2: {"changed": false, "failed_when_result": true, "outputs.stdout_lines": ["Notice: x", "Error: Evaluation Error: no such fact"]}',
    ],
  ],
  [
    'tasks before items of loops, whose errors may be ignored',
    [
      ...['a', 'b'].map((msg) => dense('FATAL', msg, 'oc0-ceph-2', error({ msg }))),
      dense('FATAL', 'Look for disks', 'oc0-ceph-2', 'item=/dev/vdb', error({ msg: 'none here' })),
      dense('FATAL', 'c', 'oc0-ceph-2', error({ msg: 'c' })),
      ...end,
    ],
    ['task "a" on oc0-ceph-2: a; task "b" on oc0-ceph-2: b; task "c" on oc0-ceph-2: c; `openstack'],
  ],
  [
    'items of loops as far as there is room, the latest ones, also at a host that cannot be reached',
    [
      dense('FATAL', 'Look for disks', 'oc0-ceph-2', 'item=/dev/vdb', error({ msg: 'none here' })),
      dense('FATAL', 'Make dirs', 'oc0-ceph-2', 'item=/x', error({ msg: 'no space' })),
      dense('FATAL', 'Pull images', 'oc0-ceph-2', error({ msg: 'refused' })),
      dense('UNREACHABLE', 'Copy files', 'oc0-ceph-3', 'item=a | b'),
      ...end,
    ],
    [
      'task "Pull images" on oc0-ceph-2: refused; task "Make dirs" (item /x) on oc0-ceph-2: no space; ' +
        'task "Copy files" (item a | b) on oc0-ceph-3: the host cannot be reached; ',
    ],
  ],
  [
    "a task in the form of Ansible's own output, and none that is ignored",
    [
      'TASK [Look for podman] *********************************************************',
      'fatal: [oc0-ceph-2]: FAILED! => {"changed": false, "msg": "none here"}',
      '...ignoring',
      '',
      'TASK [tripleo_cephadm : Bootstrap] *********************************************',
      'fatal: [oc0-ceph-2]: FAILED! => {"changed": false, "msg": "no space left"}',
      ...end,
    ],
    ['task "tripleo_cephadm : Bootstrap" on oc0-ceph-2: no space left'],
  ],
  [
    'the resource of Heat that failed, and not the stacks around it',
    [
      '2026-11-30 06:01:02Z [dcn0.DcnHci.0.NovaCompute]: CREATE_FAILED  BadRequest: resources.NovaCompute: No host is free',
      '2026-11-30 06:01:03Z [dcn0]: CREATE_FAILED  Resource CREATE failed: BadRequest: resources.DcnHci',
      '',
      ' Stack dcn0/0c8ae5b6-c12c-44c3-a6c4-12dc0b4b7d5f CREATE_FAILED ',
      '',
      'dcn0.DcnHci.0.NovaCompute:',
      '  resource_type: OS::TripleO::DcnHciServer',
      '  physical_resource_id: 8a1dd2d5-8f0c-4c4a-9cf2-c8c1bd1a5eb4',
      '  status: CREATE_FAILED',
      '  status_reason: |',
      '    BadRequest: resources.NovaCompute:',
      '    No host is free',
      'Heat Stack create failed.',
      ...Array<string>(20).fill('a line of the end'),
    ],
    [
      'dcn0.DcnHci.0.NovaCompute (OS::TripleO::DcnHciServer): BadRequest: resources.NovaCompute: No host is free',
    ],
  ],
  [
    "Heat's first event of a failure, where it lists no failed resources",
    [
      '2026-11-30 06:01:00Z [dcn0.Networks]: CREATE_COMPLETE  state changed',
      '2026-11-30 06:01:02Z [dcn0.VipPort]: CREATE_FAILED  Conflict: resources.VipPort: 192.0.2.9 is in use',
      '2026-11-30 06:01:03Z [dcn0]: CREATE_FAILED  Resource CREATE failed: Conflict',
      'Heat Stack create failed.',
    ],
    ['dcn0.VipPort: Conflict: resources.VipPort: 192.0.2.9 is in use'],
  ],
  [
    "what a service answered the client, without the exception's name and the traceback",
    [
      '2026-11-30 06:01:02.581 3888 ERROR tripleoclient.v1.overcloud_deploy.DeployOvercloud     orchestration_client.stacks.create(**stack_args)',
      "2026-11-30 06:01:02.581 3888 ERROR tripleoclient.v1.overcloud_deploy.DeployOvercloud heatclient.exc.HTTPBadRequest: ERROR: could not convert string to float: 'lots'",
      '2026-11-30 06:01:02.581 3888 ERROR tripleoclient.v1.overcloud_deploy.DeployOvercloud \x1b[00m',
      "2026-11-30 06:01:02.585 3888 ERROR openstack [None req-d8c4a1b3 admin - - - - -] ERROR: could not convert string to float: 'lots' (parameter X)",
      "Following parameter(s) are not used: Y: heatclient.exc.HTTPBadRequest: ERROR: could not convert string to float: 'lots' (parameter X)",
      'Following parameter(s) are not used: Y\x1b[00m',
      '2026-11-30 06:01:02.588 3888 INFO osc_lib.shell [None req-d8c4a1b3 admin - - - - -] END return value: 1',
    ],
    [
      ": ERROR: could not convert string to float: 'lots' (parameter X); Following parameter(s) are not used: Y; `openstack",
    ],
  ],
];

test.concurrent.each(outputs)('the message begins with the cause: %s', (_, output, causes) =>
  within(async (here) => {
    here.write('output', `${output.join('\n')}\n`);
    here.behave('cat ~/output; exit 1');
    const { stderr } = await here.run(
      here.job('dcn0/step', { commands: ['openstack overcloud deploy -y --stack dcn0'] }),
    );
    const [sentence] = stderr.split('\n').filter((line) => line.includes('dcn0/step: run 1 failed'));
    for (const cause of causes) {
      expect(sentence).toContain(cause);
    }
    expect(sentence).not.toMatch(/none here|Resource CREATE failed/);
    expect(sentence).toMatch(
      /^dcn0\/step: run 1 failed after \ds: .*; `openstack overcloud deploy -y …` exited with 1$/,
    );
    // The end of the log stays below.
    expect(stderr).toContain(`\n${output.at(-1)}\n`);
  })(),
);

test.concurrent(
  'no cause is that of an earlier command, and none has a secret, or a part of one',
  within(async (here) => {
    const key = `AQ${'c'.repeat(36)}==`;
    here.write('first', `${dense('FATAL', 'Rescued', 'oc0-ceph-2', error({ msg: 'old' }))}\n`);
    here.write(
      'second',
      [
        dense('FATAL', 'Start', 'oc0-ceph-2', error({ changed: false, msg: `${'x'.repeat(280)} ${key} it` })),
        dense('FATAL', 'Show', 'oc0-ceph-2', error({ admin_password: 'tellNobodyThis' })),
        dense('FATAL', 'Run', 'oc0-ceph-2', error({ stdout: `${key} ${'y '.repeat(145)}` })),
      ].join('\n'),
    );
    here.behave('cat ~/$2; [[ $2 == first ]] || exit 1');
    const { stderr } = await here.run(
      here.job('dcn0/step', { commands: ['openstack x first', 'openstack x second'] }),
    );
    const [sentence] = stderr.split('\n').filter((line) => line.includes('failed after'));
    expect(sentence).toContain('task "Start" on oc0-ceph-2: xxx');
    expect(sentence).not.toContain('Rescued');
    expect(stderr).not.toMatch(/AQc|ccc|tellNobody/);
  }),
);

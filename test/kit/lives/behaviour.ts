/**
 * Bash code for the fake `openstack` of a life (TestUndercloud.behave). It tells the fake Glance at `port` of each deployment of the
 * control plane, and of two commands at once that TripleO does not stand; and obeys ~/fate, `kill|fail|late|orphan PATTERN`. orphan: Pulumi
 * is killed, and the command ends well.
 *
 * @param stores the control plane's store file, relative to the lab's directory
 */
export const behaviour = (port: string, stores: string): string => `
notice() {
  local connection
  exec {connection}<>/dev/tcp/127.0.0.1/${port}
  printf 'GET /notice/%s HTTP/1.0\\r\\n\\r\\n' "$1" >&"$connection"
  read -r -t 5 _ <&"$connection"
  exec {connection}>&-
}
alone() { # alone NAME: until this process and its children have ended
  [[ -d ~/alone ]] || mkdir -p ~/alone
  exec {alone}>>~/alone/"$1"
  flock -n "$alone" || notice "twice/$1"
}
fate=
pattern=
if [[ -s ~/fate ]]; then read -r fate pattern <~/fate; fi
# shellcheck disable=SC2053 # a pattern
if [[ -n $fate && $all == $pattern ]]; then : >~/fate; else fate=; fi
stack=$(value_of --stack "$@")
[[ $all != 'overcloud delete '* ]] || stack=\${all##* }
case $all in
  'network list '* | 'subnet list '*) echo '[]'; exit ;;
  'overcloud export '*) ;;
  *) alone "stack-\${stack:-network}" ;;
esac
[[ $all != *--stack-only ]] || alone heat
[[ $fate != kill ]] || kill -9 $$
[[ $fate != orphan ]] || notice orphan
[[ $fate != fail ]] || exit 1
case $all in
  'overcloud deploy -y --stack control-plane --stack-only')
    cp ~/dcn/dev/${stores} ~/rendered ;;
  'overcloud deploy -y --stack control-plane --config-download-only')
    names=$(sed -n 's/^    \\([a-z0-9]*\\):$/\\1/p' ~/rendered | tr '\\n' '/')
    notice "deployed/$names" ;;
  'overcloud delete -y control-plane') notice deleted ;;
  *--stack-only) echo "$stack" >~/dcn/dev/"$stack"/export.yaml ;;
  'overcloud ceph deploy '*) echo OSD >~/disk-of-"$stack"-0 ;;
esac
[[ $fate != late ]] || kill -9 $$
`;

/**
 * Stands in for kit/hosts/onnode/probe.sh on a host of a life, with its arguments: ~/id-of-NAME has the host's machine-id, and
 * ~/disk-of-NAME exists once an OSD was made on the host's disk.
 */
export const probe = `
name=$1 device=$3 known=$5 accepted=$6
identity=$(<~/id-of-"$name")
if [[ -e ~/disk-of-$name && ! ( $identity == "$known" && " $accepted " == *" $device "* ) ]]; then
  echo "has $device that is not blank (ceph_bluestore)"
fi
echo "looked $identity"
`;

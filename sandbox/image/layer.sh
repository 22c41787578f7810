#!/bin/bash
# Builds a layer on top of a base image. Runs in a mount namespace that the caller has unshared, so that no mount stays. The
# machine's configuration (name servers, package sources, certificates) is copied from CONFIG into a tmpfs at /run of the layer,
# and never becomes part of it.
# usage: layer.sh BASE UPPER WORK CONFIG SOURCE PIP_CACHE PACKAGE...
#   BASE: lower directory; UPPER: directory of the layer; WORK: scratch directory for overlayfs; CONFIG: folder with apt.conf,
#   sources.list.d, resolv.conf, hosts, ca.crt and maybe pip.conf; SOURCE: folder with install.sh
set -euo pipefail
base=$1 upper=$2 work=$3 config=$4 source=$5 pip_cache=$6
shift 6

root=$work/root
mkdir -p "$root" "$upper" "$work/overlay"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$upper,workdir=$work/overlay" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root/run/build/undercloud" "$root/run/build/pip" "$root/run/lock"
cp -r "$config/." "$root/run/build/"
mount --bind -o ro "$source" "$root/run/build/undercloud"
mount --bind "$pip_cache" "$root/run/build/pip"
mount --bind "$config/resolv.conf" "$root/etc/resolv.conf"
mount --bind "$config/hosts" "$root/etc/hosts"

export APT_CONFIG=/run/build/apt.conf DEBIAN_FRONTEND=noninteractive HOME=/root
export PIP_CACHE_DIR=/run/build/pip PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
for variable in PIP_CERT REQUESTS_CA_BUNDLE SSL_CERT_FILE CURL_CA_BUNDLE; do export "$variable=/run/build/ca.crt"; done
if [ -e "$config/pip.conf" ]; then export PIP_CONFIG_FILE=/run/build/pip.conf; fi
unset SSL_CERT_DIR

# packages must not start their services while they are installed
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
echo "== packages: $*"
chroot "$root" apt-get -q update
chroot "$root" apt-get -q install -y --no-install-recommends "$@"
chroot "$root" systemctl preset-all 2>/dev/null
chroot "$root" bash -c 'cd /run/build/undercloud && exec bash ./install.sh'
rm -rf "$root"/usr/sbin/policy-rc.d "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/{apt,dpkg.log}

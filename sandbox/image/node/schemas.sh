#!/bin/bash
# Dumps the schemas that each service's own migrations create to /usr/share/dcn/schema. A lab's control plane loads the dumps in
# seconds; the migrations take half a minute. Nova's dump has TripleO's two cells, with templates of addresses that each lab's
# nova.conf fills in. Runs in the chroot of the new root file system after its packages are installed.
set -euo pipefail
work=$(mktemp -d)
chown mysql: "$work"
chmod 755 "$work"
socket=$work/socket
# the settings of node/mysql.py
server=(--no-defaults --user=mysql "--datadir=$work/data" "--socket=$socket" "--pid-file=$work/pid")
mariadb-install-db --no-defaults --user=mysql "--datadir=$work/data" --skip-test-db >/dev/null
mariadbd "${server[@]}" --skip-networking --skip-grant-tables --innodb-flush-log-at-trx-commit=0 \
  --character-set-server=utf8mb3 --collation-server=utf8mb3_general_ci >"$work/log" 2>&1 &
database=$!
trap 'kill $database; wait $database; rm -rf "$work"' EXIT
for _ in $(seq 300); do
  if [ -S "$socket" ]; then break; fi
  sleep 0.1
done

url() { echo "mysql+pymysql://root@localhost/$1?unix_socket=$socket"; }
# conf SECTION DATABASE…: prints a configuration with only these databases
conf() {
  echo '[DEFAULT]'
  echo 'transport_url = fake:'
  while [ $# -gt 1 ]; do
    printf '[%s]\nconnection = %s\n' "$1" "$(url "$2")"
    shift 2
  done
}
for name in keystone glance nova nova_api nova_cell0 placement neutron cinder; do
  mariadb "--socket=$socket" -e "CREATE DATABASE $name"
done
conf database keystone >"$work/keystone.conf"
conf database glance >"$work/glance.conf"
conf database nova api_database nova_api >"$work/nova.conf"
conf placement_database placement >"$work/placement.conf"
conf database neutron >"$work/neutron.conf"
printf '[DEFAULT]\ncore_plugin = ml2\n' >>"$work/neutron.conf"
conf database cinder >"$work/cinder.conf"

nova() {
  nova-manage --config-file "$work/nova.conf" "$@"
}
# the rows of the cells are those of nova_api_map_cell0 and nova_api_ensure_default_cells in tripleo-heat-templates
nova_schema() {
  local cell='{scheme}://{username}:{password}@{hostname}'
  nova api_db sync
  nova cell_v2 map_cell0 --database_connection "$(url nova_cell0)"
  nova cell_v2 create_cell --name default --database_connection "$(url nova)" --transport-url fake:
  nova db sync
  mariadb "--socket=$socket" nova_api -e "
    UPDATE cell_mappings SET database_connection = '$cell/nova_cell0?{query}' WHERE name = 'cell0';
    UPDATE cell_mappings SET database_connection = '$cell/nova?{query}',
      transport_url = '$cell:{port}/{path}?{query}' WHERE name = 'default'"
}
declare -A running
{
  keystone-manage --config-file "$work/keystone.conf" db_sync &
  running[keystone]=$!
  glance-manage --config-file "$work/glance.conf" db_sync &
  running[glance]=$!
  nova_schema &
  running[nova]=$!
  placement-manage --config-file "$work/placement.conf" db sync &
  running[placement]=$!
  neutron-db-manage --config-file "$work/neutron.conf" upgrade heads &
  running[neutron]=$!
  cinder-manage --config-file "$work/cinder.conf" db sync &
  running[cinder]=$!
} >"$work/migrations" 2>&1
for name in "${!running[@]}"; do
  wait "${running[$name]}" || {
    tail -20 "$work/migrations"
    echo "schema of $name: failed" >&2
    exit 1
  }
done

mkdir -p /usr/share/dcn/schema
for name in keystone glance nova nova_api nova_cell0 placement neutron cinder; do
  mariadb-dump "--socket=$socket" --skip-comments --skip-add-locks --skip-add-drop-table --no-autocommit "$name" \
    >"/usr/share/dcn/schema/$name.sql"
done

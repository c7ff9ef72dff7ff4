#!/bin/bash
# Starts a whole Ceph with its S3 gateway, in memory and in one folder, for tests.
#   ceph-rgw.sh FOLDER S3_PORT MON_PORT
# Needs radosgw, ceph-mon and ceph-osd. Its pids are in FOLDER/run; whoever started it ends them. In a
# folder that has one already, its gateway alone is started again.
set -e
at=${1:?a folder}
port=${2:?the port of S3}
mon_port=${3:?the port of the monitor}
export CEPH_CONF=$at/ceph.conf
cd "$at"
start_gateway() {
  radosgw -n client.admin --rgw-frontends="beast endpoint=127.0.0.1:$port" --pid-file "$at/run/rgw.pid"
}
wait_for_gateway() {
  # On a busy machine it has taken more than half a minute.
  for _ in $(seq 1200); do
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null && exit 0
    sleep 0.1
  done
  echo "The gateway does not listen; the last words of its log:" >&2
  tail -n 20 "$at/log/client.admin.log" >&2
  exit 1
}
if [ -e ceph.conf ]; then
  start_gateway
  wait_for_gateway
fi
mkdir -p mon osd run log
fsid=a7f64266-0894-4f1e-a635-d0aeaca0e993
cat > ceph.conf <<C
[global]
fsid = $fsid
mon host = v2:127.0.0.1:$mon_port
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
osd pool default pg num = 8
osd pool default pgp num = 8
mon max pg per osd = 1000
run dir = $at/run
admin socket = $at/run/\$name.asok
log file = $at/log/\$name.log
mon data = $at/mon
osd data = $at/osd
osd objectstore = memstore
memstore device bytes = ${MEMSTORE_BYTES:-1073741824}
ms bind ipv6 = false
mon_data_avail_crit = 1
mon_data_avail_warn = 2
# Without these, with no authentication, the gateway waits 300 seconds.
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
rgw enable usage log = false
rgw gc obj min wait = ${KEEP_DELETED_SECONDS:-7200}
rgw gc processor period = ${KEEP_DELETED_SECONDS:-3600}
rgw gc processor max time = ${KEEP_DELETED_SECONDS:-3600}
rgw_dns_name = localhost
debug rgw = 1
C
monmaptool --create --addv a "[v2:127.0.0.1:$mon_port]" --fsid $fsid monmap > log/monmaptool 2>&1
ceph-mon --mkfs -i a --monmap monmap
ceph-mon -i a --pid-file "$at/run/mon.pid"
ceph osd create > log/osd-create 2>&1
ceph-osd -i 0 --mkfs > log/osd-mkfs 2>&1
ceph-osd -i 0 --pid-file "$at/run/osd.pid"
ceph osd crush add osd.0 1 root=default host=localhost > log/crush 2>&1 || true
start_gateway
radosgw-admin user create --uid=t --display-name=t --access-key=AKTEST --secret-key=SKTEST > log/user 2>&1
wait_for_gateway

#!/bin/sh
# Makes the secrets that are absent in a folder: sh make-secrets.sh secrets
# Each is for its owner only: 65532 is the account in our image, 999 that of PostgreSQL in its own. Keep a copy elsewhere: without
# the reporter key known reporters can't be recognised, without the backup key no backup can be restored as ours.
set -eu
umask 077
folder=$1
mkdir -p "$folder"
chmod 0700 "$folder"
random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }
made() { # NAME OWNER; the value comes on stdin
  [ -s "$folder/$1" ] || cat >"$folder/$1"
  chmod 0400 "$folder/$1"
  if [ "$(id -u)" = 0 ]; then chown "$2:$2" "$folder/$1"; fi
}
random | made database_password 999
printf 'postgresql://hotspots:%s@/hotspots?host=/run/postgresql\n' "$(cat "$folder/database_password")" | made database_url 65532
for name in reporter_key signing_key backup_key; do random | made "$name" 65532; done
if [ ! -s "$folder/client_secret" ]; then
  echo "wanted the client secret of your OpenID Connect provider in $folder/client_secret, found none: put it there" >&2
  exit 1
fi
made client_secret 65532 </dev/null

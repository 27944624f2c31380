#!/bin/sh
# Entry of the production image: makes sure that there is a config for the
# environment before nginx starts, and says what is missing if not.
set -eu

etc=/srv/web/etc
environment=${CLUSTER_ENV:-local}

if [ ! -r "$etc/config.$environment.conf" ]; then
  echo "web: CLUSTER_ENV is '$environment', but $etc/config.$environment.conf is missing." >&2
  echo "web: this image has configs for:" >&2
  for config in "$etc"/config.*.conf; do
    name=${config##*/config.}
    echo "  ${name%.conf}" >&2
  done
  exit 78 # EX_CONFIG
fi

exec nginx -c "$etc/config.$environment.conf" -g 'daemon off;'

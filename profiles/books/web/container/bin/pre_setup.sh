#!/bin/sh
# Before the first start of a fresh container: makes sure that there is a config for the environment, and says what is
# missing if not. Production's entry, `start` beside it, runs it; devenv does so by itself.
set -eu

etc=${DEVENV_CONFIG:-/srv/web/etc}
environment=${CLUSTER_ENV:-local}

if [ ! -r "$etc/config.$environment.conf" ]; then
  echo "web: CLUSTER_ENV is '$environment', but $etc/config.$environment.conf is missing. There is:" >&2
  for config in "$etc"/config.*.conf; do
    name=${config##*/config.}
    echo "  ${name%.conf}" >&2
  done
  exit 78 # EX_CONFIG
fi

# What the site tells at /opened.
echo "Open since $(date -u '+%Y-%m-%d %H:%M:%S') UTC, for $environment." >/run/opened.txt
cat /run/opened.txt

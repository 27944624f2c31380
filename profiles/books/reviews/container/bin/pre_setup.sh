#!/bin/sh
# Before the first start of a fresh container: makes sure that there is a config for the environment, and says what is
# missing if not. Production's entry, `start` beside it, runs it; devenv does so by itself.
set -eu

etc=${DEVENV_CONFIG:-/srv/reviews/etc}
environment=${CLUSTER_ENV:-local}

if [ ! -r "$etc/config.$environment.toml" ]; then
  echo "reviews: CLUSTER_ENV is '$environment', but $etc/config.$environment.toml is missing. There is:" >&2
  for config in "$etc"/config.*.toml; do
    name=${config##*/config.}
    echo "  ${name%.toml}" >&2
  done
  exit 78 # EX_CONFIG
fi
echo "reviews: set up for $environment"

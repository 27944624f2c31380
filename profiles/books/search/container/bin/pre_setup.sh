#!/bin/sh
# Entry of the production image: makes sure that there is a config for the
# environment before the service starts, and says what is missing if not.
set -eu

etc=/srv/search/etc
environment=${CLUSTER_ENV:-local}

if [ ! -r "$etc/config.$environment.toml" ]; then
  echo "search: CLUSTER_ENV is '$environment', but $etc/config.$environment.toml is missing." >&2
  echo "search: this image has configs for:" >&2
  for config in "$etc"/config.*.toml; do
    name=${config##*/config.}
    echo "  ${name%.toml}" >&2
  done
  exit 78 # EX_CONFIG
fi

exec /srv/search/bin/search "-config=$etc" "$@"

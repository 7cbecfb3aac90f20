#!/bin/sh
# Deploys, and deploys the next version: sh docs/deployment/container/deploy.sh, as root, with docker compose or podman compose.
# It makes the secrets that are absent, builds the image, brings the database to its version, starts, and waits for health.
set -eu
cd "$(dirname "$0")"
if [ ! -f hotspots.toml ]; then
  cp hotspots.example.toml hotspots.toml
  echo "wrote $PWD/hotspots.toml: fill in your municipality, address and provider, and run this again" >&2
  exit 1
fi
sh make-secrets.sh secrets
if [ -z "${COMPOSE:-}" ]; then
  if docker compose version >/dev/null 2>&1; then COMPOSE="docker compose"; else COMPOSE="podman compose"; fi
fi
$COMPOSE --file compose.yaml up --build --detach --wait "$@"
$COMPOSE --file compose.yaml run --rm admin check || echo "see above what is unsafe in it, and what to do" >&2

#!/bin/sh
# Deploys, and deploys the next version: sh docs/deployment/container/deploy.sh, as root, with docker compose or podman compose.
# It makes the secrets that are absent, builds the image (or takes the one that HOTSPOTS_IMAGE names), brings the database to its
# version while nothing works with it, starts, and waits for health.
set -eu
cd "$(dirname "$0")"
if [ ! -f hotspots.toml ]; then
  cp hotspots.example.toml hotspots.toml
  chmod 0644 hotspots.toml # the account of the image reads it; it holds no secrets
  echo "wrote $PWD/hotspots.toml: fill in your municipality, address and provider, and run this again" >&2
  sh make-secrets.sh secrets || true # it tells which one is to come, and makes the folder for it
  exit 1
fi
sh make-secrets.sh secrets
if [ -z "${COMPOSE:-}" ]; then
  if docker compose version >/dev/null 2>&1; then COMPOSE="docker compose"; else COMPOSE="podman compose"; fi
fi
if [ -z "${HOTSPOTS_IMAGE:-}" ] && ! grep -qs '^HOTSPOTS_IMAGE=.' .env; then
  HOTSPOTS_VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' ../../../pyproject.toml)
  HOTSPOTS_REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)
  export HOTSPOTS_VERSION HOTSPOTS_REVISION
  $COMPOSE --file compose.yaml build serve
fi
$COMPOSE --file compose.yaml stop serve schedule
$COMPOSE --file compose.yaml up --no-build --detach --wait "$@" || {
  echo "it did not start: '$COMPOSE logs upgrade serve schedule' tells why. An upgrade that fails leaves the database as it was," >&2
  echo "so that the former version can be deployed again" >&2
  exit 1
}
$COMPOSE --file compose.yaml run --rm admin check || echo "see above what is unsafe in it, and what to do" >&2

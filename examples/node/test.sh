#!/bin/sh
# Runs the example in a copy of this folder, so that node_modules is not created in the source tree.
# test.sh NODE LIBRARY CACHE: packages fetched by npm are kept in CACHE.
set -eu
node=$1 library=$2 cache=$3
here=$(dirname "$0")
if ! "$node" -e 'process.exit(parseInt(process.versions.node) < 16)'; then
  echo "skipped: Node.js is older than 16"
  exit 77
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/run-XXXXXX")
trap 'rm -rf "$work"' EXIT

cp "$here/package.json" "$here/package-lock.json" "$here/train_predict.mjs" "$work"
cd "$work"
# The binary of koffi is a package of its own: no install script has to run. Without a network the
# example itself reports that it cannot run. Of two concurrent runs, one keeps what it has fetched.
if [ -d ../node_modules/koffi ]; then
  ln -s ../node_modules node_modules
elif npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=0 --fetch-timeout=30000; then
  mv -T node_modules ../node_modules 2>/dev/null && ln -s ../node_modules node_modules
fi || true
"$node" train_predict.mjs "$library"

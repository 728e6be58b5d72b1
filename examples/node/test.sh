#!/bin/sh
# Runs the example in a copy of this folder, so that node_modules does not come into the sources.
# test.sh NODE LIBRARY FOLDER
set -eu
node=$1 library=$2 folder=$3
here=$(dirname "$0")

mkdir -p "$folder"
cp "$here/package.json" "$here/package-lock.json" "$here/train_predict.mjs" "$folder"
cd "$folder"
# koffi brings its binary as a package of its own: no install script needs to run. Where there is no
# network the example itself says that it cannot be run.
[ -d node_modules/koffi ] ||
  npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=0 --fetch-timeout=30000 || true
exec "$node" train_predict.mjs "$library"

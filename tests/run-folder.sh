#!/usr/bin/env bash
# A folder for those tests of one run of ctest that build on each other. Its name ends in the process
# number of what starts this script, which is ctest, so that two runs in one build tree do not meet.
#
#   run-folder.sh PREFIX COMMAND...    runs a command in PREFIX-NUMBER
#   run-folder.sh PREFIX --new         makes the folder, and removes those that killed runs left
#   run-folder.sh PREFIX --remove
set -euo pipefail

prefix=$1
folder=$prefix-$PPID
shift

make_folder() {
  local left
  for left in "$prefix"-*; do
    kill -0 "${left##*-}" 2>/dev/null || rm -rf "$left"
  done
  rm -rf "$folder"
  mkdir -p "$folder"
}

case "$1" in
  --new) make_folder ;;
  --remove) rm -rf "$folder" ;;
  *)
    cd "$folder"
    exec "$@"
    ;;
esac

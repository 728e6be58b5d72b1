#!/usr/bin/env bash
# Runs the commands of a document: each block of sh behind the line <!-- run by tests/docs/commands.sh -->,
# in the folder that the examples share, which has digits/; model.keras is the file given.
# commands.sh DOCUMENT MNISTCNN MODEL
set -euo pipefail
document=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$2" "$work/bin/mnistcnn"
ln -s "$3" "$work/model.keras"
ln -s "$PWD/digits" "$work/digits"
cd "$work"
awk '/^```/ { inside = 0 } inside { print } /^<!-- run by tests\/docs\/commands.sh -->$/ { marked = 1 }
  marked && /^```sh$/ { inside = 1; marked = 0 }' "$document" >commands
[ -s commands ] || { echo "commands.sh: $document has no commands to run" >&2; exit 1; }
PATH=$work/bin:$PATH bash -euo pipefail -x commands

#!/usr/bin/env bash
# Python packages for the tests that need some, in an environment of their own.
#
#   packages.sh FOLDER --make PYTHON    makes it, unless it is there; ends with 77 where it cannot
#   packages.sh FOLDER SCRIPT...        runs a script in it; ends with 77 where there is none
#
# MNISTCNN_TEST_PACKAGES: others than cffi and pycparser, with their versions.
set -euo pipefail

read -ra packages <<<"${MNISTCNN_TEST_PACKAGES:-cffi>=1.15 pycparser>=2.21}"
names=("${packages[@]%%[<>=]*}")
# As they are imported: tf-keras as tf_keras, tensorflow-cpu as tensorflow, tritonclient[http] as tritonclient.
names=("${names[@]%%[*}")
names=("${names[@]%-cpu}")
names=("${names[@]//-/_}")
folder=$1
shift

has_packages() {
  (IFS=, && "$1/bin/python" -c "import ${names[*]}" 2>/dev/null)
}

make_environment() {
  "$1" -m venv --clear "$2" 2>&1 || "$1" -m virtualenv --clear "$2" || return 1
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 30 \
    "${packages[@]}"
}

if [ "$1" != --make ]; then
  if ! has_packages "$folder"; then
    echo "skipped: ${names[*]} could not be had" >&2
    exit 77
  fi
  exec "$folder/bin/python" -B "$@"
fi

if has_packages "$folder"; then
  exit 0
fi
mkdir -p "$(dirname "$folder")"
# An environment cannot be moved, so two runs at a time take turns.
exec 9>"$folder.lock"
flock 9
if has_packages "$folder"; then
  exit 0
fi
if ! make_environment "$2" "$folder"; then
  rm -rf "$folder"
  echo "skipped: ${names[*]} could not be had" >&2
  exit 77
fi

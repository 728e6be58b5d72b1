#!/usr/bin/env bash
# Damaged copies of HDF5 files are read or refused, in time: those of the golden files, and of models
# that people published where MNISTCNN_MODELS_DIR says where they are.
# mutations.sh MUTATE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$1" 300 1 "$here"/golden/*.h5
if [ -n "${MNISTCNN_MODELS_DIR-}" ]; then
  mapfile -t files < <(find "$MNISTCNN_MODELS_DIR" -name '*.h5' -o -name '*.hdf5')
  "$1" 50 2 "${files[@]}"
fi

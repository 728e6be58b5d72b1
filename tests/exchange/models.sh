#!/usr/bin/env bash
# Every object in models that people published, as our reader sees it and as h5py does. Skips without
# MNISTCNN_MODELS_DIR or h5py: MNISTCNN_FRAMEWORKS_PYTHON names a Python that has it.
# models.sh PYTHON DUMP
set -euo pipefail
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${MNISTCNN_MODELS_DIR-}" ] || ! "$python" -c 'import h5py' 2>/dev/null; then
  echo "skipped: no MNISTCNN_MODELS_DIR, or no h5py"
  exit 77
fi
mapfile -t files < <(find "$MNISTCNN_MODELS_DIR" -name '*.h5' -o -name '*.hdf5' -o -name '*.keras')
[ "${#files[@]}" -gt 0 ]
"$python" -B "$here/hdf5_dump.py" "$2" "${files[@]}"

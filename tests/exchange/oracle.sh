#!/usr/bin/env bash
# Damaged copies of HDF5 files, as our reader sees them and as h5py does. Skips without h5py:
# MNISTCNN_FRAMEWORKS_PYTHON names a Python that has it.
# oracle.sh PYTHON DUMP [COPIES]
set -euo pipefail
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
here=$(cd "$(dirname "$0")" && pwd)
"$python" -c 'import h5py' 2>/dev/null || {
  echo "skipped: no h5py"
  exit 77
}
"$python" -B "$here/hdf5_oracle.py" "$2" "${3:-10}" 1 "$here"/keras/*.h5 "$here"/golden/*.h5

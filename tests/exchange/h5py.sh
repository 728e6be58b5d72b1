#!/usr/bin/env bash
# Files with each feature of HDF5, written and read by h5py, beside what our reader sees in them;
# large ones too, and one that our writer has written. Skips without h5py: MNISTCNN_FRAMEWORKS_PYTHON names a Python that has it.
# h5py.sh PYTHON DUMP
set -euo pipefail
python=${MNISTCNN_FRAMEWORKS_PYTHON:-$1}
here=$(cd "$(dirname "$0")" && pwd)
"$python" -c 'import h5py' 2>/dev/null || {
  echo "skipped: no h5py"
  exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -B "$here/hdf5_golden.py" "$work"
"$python" -B "$here/hdf5_golden.py" "$work" --large
"$2" --write "$work/ours.h5"
"$python" -B "$here/hdf5_dump.py" "$2" "$work"/*.h5 "$here"/golden/*.h5

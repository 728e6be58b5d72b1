#!/usr/bin/env bash
# What the HDF5 reader sees in the committed files is what it saw when h5py saw the same.
# golden.sh DUMP FOLDER [--write]
set -euo pipefail
dump=$1
cd "$2"

seen=0
for file in *.h5 *.zip; do
  if [ "${3-}" = --write ]; then
    "$dump" "$file" >"$file.txt" || [ $? -eq 2 ]
  else
    diff "$file.txt" <("$dump" "$file") || {
      echo "golden: $file is read otherwise (>) than before (<)" >&2
      exit 1
    }
  fi
  seen=$((seen + 1))
done
echo "$seen files"
[ "$seen" -ge 20 ]

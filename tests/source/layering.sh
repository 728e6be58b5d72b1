#!/usr/bin/env bash
# Includes point downwards only, and every third-party header has one door.
# layering.sh REPOSITORY
set -euo pipefail
cd "$1"

layers=(base kernels nn data model train api)
status=0
wrong() {
  echo "layering: $*" >&2
  status=1
}

rank() {
  local i
  for i in "${!layers[@]}"; do
    [ "${layers[$i]}" != "$1" ] || echo "$i"
  done
}

# file:"header" or file:<header> of every include below the given folders
includes() {
  grep -rnE --include='*.c' --include='*.h' --include='*.cpp' --include='*.hpp' \
    '^[[:space:]]*#[[:space:]]*include' "$@" |
    sed -E 's/^([^:]+):[0-9]+:[^"<]*(["<][^">]*[">]).*/\1 \2/'
}

library_include() {
  local file=$1 header=$2 layer below
  layer=$(echo "$file" | cut -d/ -f2)
  case "$header" in
    '"mnistcnn.h"') return ;;
    '<png.h>') [[ $file =~ ^lib/data/(image|png)[a-z_]*\.[ch]$ ]] || wrong "$file includes $header" ;;
    '<zlib.h>') [[ $file == lib/data/* ]] || wrong "$file includes $header" ;;
    '<cblas.h>') [ "$file" = lib/kernels/gemm.c ] || wrong "$file includes $header" ;;
    '"'*)
      below=$(echo "$header" | tr -d '"' | cut -d/ -f1)
      if [ -z "$(rank "$below")" ]; then
        wrong "$file includes $header, which names no layer"
      elif [ "$(rank "$below")" -gt "$(rank "$layer")" ]; then
        wrong "$file includes $header, which is above it"
      elif [ "$layer" = data ] && [ "$below" = nn ]; then
        wrong "$file includes $header: images know nothing of networks"
      elif [ "$below" = api ] && [ "$layer" != api ]; then
        wrong "$file includes $header: nobody includes the API layer"
      fi
      ;;
  esac
}

# Programs and API tests see the public header and their own folder.
program_include() {
  local file=$1 header=$2 name
  name=$(echo "$header" | tr -d '"<>')
  case "$header" in
    '"mnistcnn.h"' | '<mnistcnn.h>') return ;;
    '<png.h>' | '<cblas.h>') wrong "$file includes $header" ;;
    '"'*) [ -f "$(dirname "$file")/$name" ] || wrong "$file includes $header, which is not its own" ;;
  esac
}

for folder in lib/*/; do
  layer=$(basename "$folder")
  [ -n "$(rank "$layer")" ] || wrong "lib/$layer is no known layer"
done
seen=0
while read -r file header; do
  library_include "$file" "$header"
  seen=$((seen + 1))
done < <(includes lib)
while read -r file header; do
  program_include "$file" "$header"
  seen=$((seen + 1))
done < <(includes examples tests/api || true)
echo "$seen includes"
[ "$seen" -gt 50 ] || wrong "found hardly any include: is this the repository?"
exit $status

# Shared by the checks of this folder: lists of function names, one a line, sorted.
# shellcheck shell=bash

# The functions a header declares.
header_functions() {
  "${CC:-cc}" -E -P "$1" | grep -oE '\bmnistcnn_[a-z0-9_]+\(' | tr -d '(' | sort -u
}

# The names a version script exports.
map_functions() {
  sed -e 's,/\*.*\*/,,' "$1" | grep -oE '^ *mnistcnn_[a-z0-9_]+;' | tr -d ' ;' | sort -u
}

# What a shared library exports, without the name of the version node itself.
exported_functions() {
  nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u
}

# What a library asks of others.
undefined_functions() {
  case "$1" in
    *.a) nm -u "$1" 2>/dev/null ;;
    *) nm -D -u "$1" ;;
  esac | awk '$1 == "U" || $1 == "w" { sub(/@.*/, "", $2); print $2 }' | sort -u
}

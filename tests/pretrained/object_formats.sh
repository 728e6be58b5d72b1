#!/usr/bin/env bash
# platform_embed.h puts a file's bytes between two symbols in ELF, Mach-O and COFF objects alike.
# object_formats.sh REPOSITORY
set -euo pipefail

if ! command -v clang >/dev/null || ! command -v llvm-nm >/dev/null; then
  echo "skipped: needs clang and llvm-nm"
  exit 77
fi
repository=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Functions and constants around it: what follows must be back in the compiler's own section.
cat >embed.c <<'END'
#include "base/platform_embed.h"
int before(int x);
int before(int x) { return 3 * x; }
MCNN_EMBED_FILE(embedded, "bytes");
static const int table[] = {1, 2, 3, 4};
int after(int x);
int after(int x) { return before(x) + table[x & 3]; }
int size(void);
int size(void) { return (int)(embedded_end - embedded_begin); }
END
seq 1000 >bytes

# The address of a symbol, and whether it is code.
symbol() {
  sed -nE "s/^([0-9a-f]+) $2 _?$1\$/\\1/p" symbols
}

for target in x86_64-linux-gnu aarch64-linux-gnu x86_64-apple-macos11 arm64-apple-macos11 \
  x86_64-w64-windows-gnu i686-w64-windows-gnu; do
  clang -target "$target" -std=c11 -ffreestanding -I "$repository/lib" -c embed.c -o object
  llvm-nm object >symbols
  bytes=$((0x$(symbol embedded_end '[RSr]') - 0x$(symbol embedded_begin '[RSr]')))
  [ "$bytes" -eq "$(stat -c %s bytes)" ] || { echo "$target: $bytes bytes" >&2; exit 1; }
  [ -n "$(symbol after T)" ] || { echo "$target: code after it is in its section" >&2; exit 1; }
  grep -qaF "$(tail -n 1 bytes)" object || { echo "$target: other bytes" >&2; exit 1; }
  echo "$target: $bytes bytes"
done

#!/usr/bin/env bash
# Installs a build into a prefix outside the build tree, then moves the prefix, so that whatever
# remembers where it was installed to fails in the tests that follow.
# install.sh BUILD_DIR PREFIX
set -euo pipefail

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
cmake --install "$1" --prefix "$staging/prefix" >/dev/null
rm -rf "$2"
mkdir -p "$(dirname "$2")"
mv "$staging/prefix" "$2"

if grep -rlE "$staging|$(realpath "$1")" "$2" --include='*.cmake' --include='*.pc'; then
  echo "install: the files above name folders of this build" >&2
  exit 1
fi
find "$2" -name LICENSE -path '*share/doc*' | grep -q .

# What the command writes of itself: its completion scripts, and the options in its manual page.
if [ -e "$2/bin/mnistcnn" ]; then
  share=$2/share
  for file in "$share/bash-completion/completions/mnistcnn" "$share/zsh/site-functions/_mnistcnn" \
    "$share/fish/vendor_completions.d/mnistcnn.fish" "$share/man/man1/mnistcnn.1"; do
    if ! grep -q skip-broken "$file"; then
      echo "install: $file does not know the options of the command" >&2
      exit 1
    fi
  done
fi

# Every relative link of the installed pages leads to something that is installed.
relative_links() {
  grep -oE '\]\([^)#:]+' "$1" | cut -c3- | grep -vE '^https?$'
}
while read -r page; do
  while read -r link; do
    if [ ! -e "$(dirname "$page")/$link" ]; then
      echo "install: $page: $link is not there" >&2
      exit 1
    fi
  done < <(relative_links "$page")
done < <(find "$2" -name '*.md')

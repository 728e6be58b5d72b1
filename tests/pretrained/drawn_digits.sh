#!/usr/bin/env bash
# The model that ships reads digits that mnistcnn draws, which are not MNIST's.
# drawn_digits.sh MNISTCNN
set -euo pipefail

mnistcnn=$(realpath "$1")
least=170 # of 200; it reads about 97 %
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$mnistcnn" digits --out digits --count 10 --validation-count 200 >/dev/null

right=0 all=0
for folder in digits/validation/*/; do
  class=$(basename "$folder")
  answers=$("$mnistcnn" predict "$folder"*.png)
  all=$((all + $(grep -c '' <<<"$answers")))
  right=$((right + $(grep -c "digit is a $class with" <<<"$answers" || true)))
done
echo "$right of $all right"
[ "$all" -eq 200 ] && [ "$right" -ge "$least" ]

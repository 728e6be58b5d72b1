#!/usr/bin/env bash
# The command on Windows, as it is installed, under wine:
#   windows_command.sh BIN FOLDER PROJECT    BIN has mnistcnn.exe and its DLLs; FOLDER is made anew
set -euo pipefail
bin=$1
rm -rf "$2"
mkdir -p "$2"
folder=$(cd "$2" && pwd)
project=$3
here="Z:${folder//\//\\}" # as Windows spells it

mnistcnn() {
  timeout 300 wine "$bin/mnistcnn.exe" "$@"
}

# expect WHAT COMMAND...: its output has the words.
expect() {
  local what=$1 out
  shift
  out=$("$@" 2>&1) || { printf '%s\n' "$out" && echo "failed: $*" && return 1; }
  grep -qF -- "$what" <<<"$out" || { printf '%s\n' "$out" && echo "no '$what' in: $*" && return 1; }
}

# refuse WHAT COMMAND...: it fails, and says the words.
refuse() {
  local what=$1 out
  shift
  if out=$("$@" 2>&1); then
    echo "succeeded: $*" && return 1
  fi
  grep -qF -- "$what" <<<"$out" || { printf '%s\n' "$out" && echo "no '$what' in: $*" && return 1; }
}

expect 'libpng' mnistcnn --version

# Names that no code page of old has together, and folders that are made on the way.
expect 'Drew 60 digits' mnistcnn digits --out "$here\\größe\\数字" --count 300 --validation-count 60
expect 'Saved' mnistcnn train --train "$here\\größe\\数字\\train" --validation "$here/größe/数字/validation" --epochs 2 \
  --out "$here\\модель.safetensors" --history "$here\\история.json"
[ -s "$folder/модель.safetensors" ] && [ -s "$folder/история.json" ]
expect 'accuracy' mnistcnn evaluate --model "$here\\модель.safetensors" "$here\\größe\\数字\\validation" \
  --report "$here\\bericht.html"
grep -q '<html' "$folder/bericht.html"

# An output is written in place of another, and no input is.
expect 'Exported' mnistcnn export "$here\\модель.safetensors" --to onnx --out "$here\\m.onnx"
expect 'Exported' mnistcnn export "$here\\модель.safetensors" --to onnx --out "$here\\m.onnx"
refuse 'must be different files' mnistcnn export "$here\\модель.safetensors" --to onnx --out "$here\\GRÖSSE\\..\\модель.safetensors"
refuse 'cannot be written' mnistcnn export "$here\\модель.safetensors" --to onnx --out "$here\\nowhere\\m.onnx"

# The shipped model, folders, lists from a pipe, and bytes that are those of other systems.
expect 'this digit is a 7' mnistcnn predict "$here\\größe\\数字\\validation\\7"
(cd "$folder" && find größe -path '*validation/3/*.png' | sort >list.txt)
(cd "$folder" && expect 'this digit is a 3' mnistcnn predict - <list.txt)
(cd "$folder" && find größe -path '*validation/3/*.png' | expect 'this digit is a 3' mnistcnn predict -)
mnistcnn predict --json "$here\\größe\\数字\\validation\\7" >"$folder/answers.jsonl"
if grep -q $'\r' "$folder/answers.jsonl"; then
  echo "lines end with carriage returns" && exit 1
fi

# Models of other frameworks.
expect 'Imported' mnistcnn import "Z:$project/tests/exchange/keras/chain-1.2.2-tensorflow.h5" --out "$here\\keras.safetensors"

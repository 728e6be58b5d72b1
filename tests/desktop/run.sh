#!/usr/bin/env bash
# The window of examples/desktop under Xvfb: digits drawn with the mouse, a picture, wrong arguments. SCREENSHOT
# names a file for a picture of the screen (XWD).
#
#   run.sh PROGRAM PICTURE NUMBERS    NUMBERS: what is on the picture, its lines separated by '/'
#
# Ends with 77 where Xvfb or xdotool is missing.
set -euo pipefail
program=$1 picture=$2 numbers=$3

for tool in Xvfb xdotool; do
  command -v "$tool" >/dev/null || { echo "skipped: there is no $tool"; exit 77; }
done
work=$(mktemp -d)
pids=()
stop() {
  local pid
  for pid in ${pids[@]+"${pids[@]}"}; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap stop EXIT

Xvfb -displayfd 3 -screen 0 1024x768x24 -nolisten tcp -fbdir "$work" 3>"$work/display" 2>"$work/xvfb.log" &
pids+=("$!")
for ((i = 0; i < 100; i++)); do
  [ ! -s "$work/display" ] || break
  sleep 0.1
done
[ -s "$work/display" ] || { echo "skipped: Xvfb does not start here"; exit 77; }
DISPLAY=:$(cat "$work/display")
export DISPLAY SDL_VIDEODRIVER=x11 SDL_RENDER_DRIVER=software

fail() {
  echo "FAILED: $1; the title is \"$(xdotool getwindowname "$window" 2>&1)\""
  exit 1
}

# title_becomes PATTERN: within ten seconds.
title_becomes() {
  local i
  for ((i = 0; i < 100; i++)); do
    # shellcheck disable=SC2053 # a pattern
    [[ $(xdotool getwindowname "$window") != $1 ]] || return 0
    sleep 0.1
  done
  fail "the title does not become $1"
}

start() {
  "$program" "$@" >"$work/out" 2>"$work/err" &
  pid=$!
  pids+=("$pid")
  window=$(timeout 20 xdotool search --sync --pid "$pid" --name Digits | head -n 1)
}

# draw X,Y...: a stroke, in pixels of the window.
draw() {
  local point first=yes
  for point; do
    xdotool mousemove --window "$window" "${point%,*}" "${point#*,}"
    if [ "$first" = yes ]; then
      xdotool mousedown 1
      first=no
    fi
    sleep 0.03
  done
  xdotool mouseup 1
}

press() {
  xdotool windowfocus "$window" 2>/dev/null || true
  xdotool key --window "$window" "$1" 2>/dev/null || true # the window may be gone before the key is up
}

start
title_becomes 'nothing is drawn on it - Digits'
draw 100,80 200,80 320,80 280,180 240,280 200,380
title_becomes '7 (*'
[ -z "${SCREENSHOT:-}" ] || cp "$work/Xvfb_screen0" "$SCREENSHOT"
press c
title_becomes 'nothing is drawn on it - Digits'
draw 180,60 120,160 80,260 200,262 340,260
draw 260,160 262,280 264,390
title_becomes '4 (*'
# A stroke that leaves the pad, and the window.
draw 200,200 500,430 20,430
press Escape
wait "$pid"

# SDL keeps some memory of the system's libraries; what counts is that it ends well.
start "$picture"
for ((i = 0; i < 100; i++)); do
  [ ! -s "$work/out" ] || break
  sleep 0.1
done
read=$(paste -sd / "$work/out")
[ "$read" = "$numbers" ] || fail "\"$read\" was read in the place of \"$numbers\""
press Escape
wait "$pid"

refused() {
  ! timeout 20 "$program" "$@" >"$work/out" 2>"$work/err" && grep -q draw_digits "$work/err"
}
refused --model /nonexistent x.png
refused --other
echo "drawn digits and a picture are read"

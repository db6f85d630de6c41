# Sourced by the other scripts: finds or installs what building and running need. Sets `root`, the folder of the
# sources, and goes there.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# Queries are compiled from committed data; a database that happens to be at hand must not take part.
export -n DATABASE_URL

say() { printf '%s\n' "$*" >&2; }
fail() { say "$(basename "$0"): $*"; exit 1; }

# True when version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# The PostgreSQL that this Debian has, unless a new enough one with PostGIS is there already.
postgres_packages() {
  local control major
  for control in /usr/share/postgresql/*/extension/postgis.control; do
    major=${control#/usr/share/postgresql/}
    major=${major%%/*}
    if [ -e "$control" ] && [ "$major" -ge 15 ] && [ -x "/usr/lib/postgresql/$major/bin/initdb" ]; then return; fi
  done
  case $(. /etc/os-release && echo "${VERSION_ID:-}") in
    13) echo postgresql-17 postgresql-17-postgis-3 ;;
    *) echo postgresql-15 postgresql-15-postgis-3 ;;
  esac
}

# Installs those of the named Debian packages that are missing.
need_packages() {
  command -v dpkg-query >/dev/null ||
    { say "This is not Debian: install what stands for these packages yourself: $*"; return 0; }
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "missing packages, and no right to install them. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
    # Without a terminal nobody can type a password.
    [ -t 0 ] || as_root=(sudo -n)
  fi
  say "Installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q >&2 || fail "apt-get update failed. Then, as root: apt-get install ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" \
    </dev/null >&2 || fail "apt-get could not install ${missing[*]}"
}

need_rust() {
  [ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
  local how="get it from https://rustup.rs (curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh)"
  command -v cargo >/dev/null || fail "Rust 1.95 or newer is missing: $how"
  local version
  version=$(rustc --version | cut -d ' ' -f 2)
  at_least "$version" 1.95 || fail "Rust $version is too old, 1.95 is needed: rustup update, or $how"
}

# Node is needed for the web map only.
need_node() {
  local how="get it from https://nodejs.org/en/download (Debian 12's own is 18)"
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node 20.19 or newer is missing: $how"
  local version
  version=$(node --version)
  at_least "${version#v}" 20.19 || fail "Node ${version#v} is too old, 20.19 is needed: $how"
}

# Builds the web map when its sources changed since the last time.
build_web() {
  [ -e web/package.json ] || return 0
  need_node
  local now
  now=$(find web gis-data/styles -path web/node_modules -prune -o -path web/dist -prune -o -type f -print0 | sort -z |
    xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
  if [ "$(cat web/node_modules/.predio-built-from 2>/dev/null || true)" = "$now" ] && [ -d web/dist ]; then return; fi
  say "Building the web map"
  (cd web && npm ci --no-audit --no-fund && npm run build) </dev/null >&2
  echo "$now" > web/node_modules/.predio-built-from
}

need_build_tools() {
  # shellcheck disable=SC2046 # a list of packages
  need_packages gcc libc6-dev pkg-config libclang-dev libgdal-dev libproj-dev proj-data bubblewrap $(postgres_packages) "$@"
  need_rust
}

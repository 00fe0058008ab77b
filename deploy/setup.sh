# Sourced by deploy/run and deploy/test: what both need before they can build.

# What the program is built with and runs on (README.md, "Build").
build_packages=(
  libopenblas-dev libsimdjson-dev libsqlite3-dev libpq-dev libssl-dev zlib1g-dev
  libcurl4-openssl-dev libyaml-dev pkg-config
)

say() { printf '%s\n' "$*" >&2; }

fail() { say "$0: $*"; exit 1; }

# Prints those of the named Debian packages that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' || echo "$name"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Installs those of the named Debian packages that are missing; fails where it cannot.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -eq 0 ] && return 0
  command -v apt-get >/dev/null || { say "needed: ${missing[*]} (no apt-get here)"; return 1; }
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || {
    say "needed: ${missing[*]}; as root: apt-get install ${missing[*]}"
    return 1
  }
  say "installing ${missing[*]}"
  # Old package lists name files that are gone, so they are fetched anew when the first try fails.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null 2>&1 && return 0
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Finds Swift on the path or where its installers put it.
find_swift() {
  local place
  command -v swift >/dev/null && return 0
  for place in /usr/local/swift/usr/bin /opt/swift/usr/bin "$HOME/.local/share/swiftly/bin" \
    /usr/libexec/swift/bin; do
    if [ -x "$place/swift" ]; then
      export PATH="$place:$PATH"
      return 0
    fi
  done
  return 1
}

# Prints "podman" or "docker" where one of them can really run containers.
container_engine() {
  local engine
  for engine in podman docker; do
    if command -v "$engine" >/dev/null && timeout 20 "$engine" info >/dev/null 2>&1; then
      # docker's client answers without its engine too; only a server version means there is one.
      if [ "$engine" = docker ] \
        && ! timeout 20 docker info -f '{{.ServerVersion}}' 2>/dev/null | grep -q .; then
        continue
      fi
      echo "$engine"
      return 0
    fi
  done
  return 1
}

# Names the commit that is built, where what is built is that commit and nothing else.
name_commit() {
  command -v git >/dev/null || return 0
  [ -z "$(git status --porcelain 2>/dev/null)" ] || return 0
  BUILD_COMMIT=$(git rev-parse HEAD 2>/dev/null) || return 0
  export BUILD_COMMIT
}

# Installs packages of Debian or Ubuntu, within bounds: a slow mirror costs minutes, never the whole run.
# Sourced by the scripts that install what they need.
# shellcheck shell=bash

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        printf 'error: needs root to run: %s\nhint: run it as root, or install sudo\n' "$*" >&2
        return 1
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -qq -o Acquire::Retries=3 \
        -o Acquire::http::Timeout=60 -o Acquire::https::Timeout=60 -o Dpkg::Use-Pty=0 "$@"
}

# Installs packages by name, and says which.
install_packages() {
    if ! command -v apt-get >/dev/null; then
        printf 'error: missing: %s, and this is not Debian or Ubuntu\n' "$*" >&2
        printf "hint: install them with this system's package manager\n" >&2
        return 1
    fi
    echo "installing $*"
    apt_get update || echo "note: the list of packages could not be renewed; trying with the old one" >&2
    apt_get install -y --no-install-recommends "$@" >/dev/null
}

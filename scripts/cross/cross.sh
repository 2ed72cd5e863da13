#!/usr/bin/env bash
# Runs cargo for another system, with a toolchain that setup.sh made.
#
# usage: cross.sh KIT build|test|clippy TARGET [cargo's arguments...]
#
# TARGET may be universal2-apple-darwin: both architectures, joined.
set -euo pipefail

[ $# -ge 3 ] || { echo "usage: cross.sh KIT COMMAND TARGET [ARGUMENT...]" >&2; exit 2; }
kit=$(realpath "$1")
command=$2
target=$3
shift 3
root=$(cd "$(dirname "$0")/../.." && pwd)

if [ -d "$kit/rust" ]; then
    export LD_LIBRARY_PATH=$kit/rust/usr/lib RUSTC=$kit/rust/usr/bin/rustc RUSTDOC=$kit/rust/usr/bin/rustdoc
fi
export CARGO_ZIGBUILD_ZIG_PATH=$kit/zig/zig
# Not the host's target folder, for the toolchain's standard libraries are its own; and this clone's, for cargo goes by
# the files' times. Who shares a folder among clones, as build-agents does, has our own crates compiled again.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target/cross/$(basename "$kit")}
export CARGO_NET_RETRY=${CARGO_NET_RETRY:-5} CARGO_HTTP_TIMEOUT=${CARGO_HTTP_TIMEOUT:-60}
# Archives and Mach-O headers then hold no time of the build.
export ZERO_AR_DATE=1 SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0}

# Paths of this machine must not end up in panic messages on devices. Later prefixes win.
flags=(
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    "--remap-path-prefix=$CARGO_TARGET_DIR=/target"
)
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    # Named after the registry, or a mirror of it: the same crates must give the same bytes.
    [ -d "$registry" ] && flags+=("--remap-path-prefix=$registry=/crates")
done
case $target in
    *-apple-darwin)
        export SDKROOT=$kit/sdk MACOSX_DEPLOYMENT_TARGET=${MACOSX_DEPLOYMENT_TARGET:-11.0}
        # zig offers libiconv and libcharset too; nothing is used from them, so no load command names them.
        flags+=("-Clink-arg=-Wl,-dead_strip_dylibs")
        ;;
    *-linux-musl)
        # The kit's standard library has no start-up objects of its own; zig has.
        [ -d "$kit/rust" ] && flags+=("-Clink-self-contained=no")
        ;;
esac
unset RUSTFLAGS
CARGO_ENCODED_RUSTFLAGS=$(IFS=$'\x1f'; echo "${flags[*]}")
export CARGO_ENCODED_RUSTFLAGS

[ "$command" = build ] && command=zigbuild
exec "$kit/py/bin/cargo-zigbuild" "$command" --target "$target" "$@"

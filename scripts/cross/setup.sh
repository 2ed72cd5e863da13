#!/usr/bin/env bash
# Makes a cross toolchain in a folder: Debian's rustc (the one that Debian builds browsers with), zig as the
# linker and C compiler, the standard library for each target, and stubs of Apple's frameworks.
#
# usage: setup.sh KIT TARGET...
#
# Everything comes from the distribution, PyPI and the crate registry. Nothing is installed system-wide but the
# shared libraries that the compiler needs and the machine has not. Where the distribution has no rustc-web, the
# host's own Rust is used, with standard libraries from rustup. What is there already is kept, so a second run takes
# a moment.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: setup.sh KIT TARGET..." >&2; exit 2; }
kit=$(realpath -m "$1")
shift
targets=("$@")
here=$(cd "$(dirname "$0")" && pwd)

zig_version=0.17.1
zigbuild_version=0.24.0
# Change it with anything below that changes a standard library: it is then built again.
std_recipe=remapped-1

say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }
fail() { printf 'error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }
apt_options=(-qq -o Acquire::Retries=3 -o Acquire::http::Timeout=60 -o Acquire::https::Timeout=60)
# shellcheck source=scripts/packages.sh
. "$here/../packages.sh"

# The packages that a package depends on directly and whose names match.
dependencies() {
    apt-cache show --no-all-versions "$1" | sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//' | grep -E "$2"
}

download_rust() {
    local library llvm
    library=$(dependencies libstd-rust-web-dev '^libstd-rust-web-[0-9]')
    llvm=$(dependencies "$library" '^libllvm')
    rm -rf "$kit/debs" "$kit/rust.tmp"
    mkdir -p "$kit/debs" "$kit/rust.tmp"
    (
        cd "$kit/debs"
        timeout 900 apt-get "${apt_options[@]}" -o APT::Sandbox::User="$(id -un)" \
            download rustc-web libstd-rust-web-dev "$library" "$llvm" rust-web-src
    )
    say "downloaded $(du -sh "$kit/debs" | cut -f1) of rustc-web, $library, $llvm"
    local package
    for package in "$kit"/debs/*.deb; do
        case $package in
            *rust-web-src*)
                dpkg --fsys-tarfile "$package" |
                    tar -x -C "$kit/rust.tmp" --wildcards './usr/src/rustc-*/library/*' './usr/lib/rustlib/src*'
                ;;
            *) dpkg -x "$package" "$kit/rust.tmp" ;;
        esac
    done
    rm -rf "$kit/debs"
}

# Makes the unpacked compiler run from where it is.
arrange_rust() {
    local root=$kit/rust.tmp/usr file host sysroot tools
    for file in "$root"/lib/*-linux-gnu/lib*.so*; do
        ln -sf "$(basename "$(dirname "$file")")/$(basename "$file")" "$root/lib/$(basename "$file")"
    done
    # A libstd as shared library would need a linker for the target, and nothing here links one.
    sed -i 's/crate-type = \["dylib", "rlib"\]/crate-type = ["rlib"]/' "$root"/src/rustc-*/library/std/Cargo.toml
    # rustc strips Mach-O files with rust-objcopy, which Debian does not package and rustup has.
    host=$(env -u RUSTC rustc -vV | sed -n 's/^host: //p')
    sysroot=$(env -u RUSTC rustc --print sysroot)
    tools=lib/rustlib/$host/bin
    if [ ! -x "$sysroot/$tools/rust-objcopy" ]; then
        fail "no rust-objcopy in $sysroot/$tools" "install Rust with rustup, or the component llvm-tools"
    fi
    mkdir -p "$root/$tools"
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s/lib exec %s/%s/rust-objcopy "$@"\n' "$sysroot" "$sysroot" "$tools" \
        >"$root/$tools/rust-objcopy"
    chmod +x "$root/$tools/rust-objcopy"
    rm -rf "$kit/rust"
    mv "$kit/rust.tmp" "$kit/rust"
}

# Installs the shared libraries of the compiler that the machine has not: a fresh one lacks some.
install_libraries() {
    local root=$kit/rust/usr found library llvm
    found=$(LD_LIBRARY_PATH=$root/lib ldd "$root/bin/rustc" 2>&1 || true)
    [[ $found == *"not found"* ]] || return 0
    library=$(dependencies libstd-rust-web-dev '^libstd-rust-web-[0-9]')
    llvm=$(dependencies "$library" '^libllvm')
    local packages=()
    mapfile -t packages < <(dependencies "$llvm" '^(lib|zlib)')
    install_packages "${packages[@]}"
}

# The host's own compiler: rustup adds the standard libraries of the targets, which changes nothing else.
use_host_rust() {
    local missing=()
    mapfile -t missing < <(missing_targets)
    if [ ${#missing[@]} -gt 0 ] && command -v rustup >/dev/null; then
        say "this system has no rustc-web: rustup adds ${missing[*]}"
        timeout 900 rustup target add "${missing[@]}" || true
        mapfile -t missing < <(missing_targets)
    fi
    [ ${#missing[@]} -eq 0 ] || fail \
        "this system has no rustc-web, and its own Rust no standard library for ${missing[*]}" \
        "install Rust with rustup, build on Debian 12, or give build-agents the binaries with --prebuilt"
}

missing_targets() {
    local target sysroot
    sysroot=$(rustc --print sysroot)
    for target in "${targets[@]}"; do
        [ -d "$sysroot/lib/rustlib/$target/lib" ] || echo "$target"
    done
}

install_zig() {
    [ -x "$kit/py/bin/cargo-zigbuild" ] && return
    python3 -m venv "$kit/py" || fail "python3 cannot make a virtual environment" "install python3-venv"
    timeout 900 "$kit/py/bin/pip" install -q --disable-pip-version-check --retries 3 --timeout 60 \
        "ziglang==$zig_version" "cargo-zigbuild==$zigbuild_version"
    say "installed zig $zig_version and cargo-zigbuild $zigbuild_version"
}

build_std() {
    local target=$1 library=$kit/rust/usr/lib/rustlib/$1/lib sources
    [ "$(cat "$library/.recipe" 2>/dev/null)" = "$std_recipe" ] && return
    sources=$(echo "$kit"/rust/usr/src/rustc-*)
    (
        cd "$sources/library"
        # Paths of this machine must not end up in what devices get.
        export RUSTFLAGS="-Cembed-bitcode=yes -Zforce-unstable-if-unmarked \
--remap-path-prefix=$sources=/rustc --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
        export LD_LIBRARY_PATH=$kit/rust/usr/lib RUSTC=$kit/rust/usr/bin/rustc RUSTC_BOOTSTRAP=1
        export CARGO_PROFILE_DIST_DEBUG=0 CARGO_TARGET_DIR=$kit/std-build
        cargo build -q --profile dist --target "$target" -p sysroot --features "backtrace panic-unwind"
    )
    rm -rf "$library.tmp"
    mkdir -p "$library.tmp"
    cp "$kit/std-build/$target"/dist/deps/lib*.rlib "$library.tmp/"
    echo "$std_recipe" >"$library.tmp/.recipe"
    # Cargo does not see that a standard library was built again.
    rm -rf "$library" "$kit/target/$target"
    mv "$library.tmp" "$library"
    say "built the standard library for $target"
}

mkdir -p "$kit"
if [ -x "$kit/rust/usr/bin/rustc" ]; then
    :
elif apt-cache show rustc-web >/dev/null 2>&1; then
    download_rust
    arrange_rust
else
    use_host_rust
fi
[ ! -d "$kit/rust" ] || install_libraries
install_zig
ln -sfn "$(echo "$kit"/py/lib/python3*/site-packages/ziglang)" "$kit/zig"
python3 "$here/mkstubs.py" "$kit/sdk" "$here/macos-symbols.txt"
if [ -d "$kit/rust" ]; then
    for target in "${targets[@]}"; do
        build_std "$target"
    done
    rm -rf "$kit/std-build"
fi

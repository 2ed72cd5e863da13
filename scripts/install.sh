#!/bin/sh
# Installs a downloaded aiwatch for this user, with the operator's command runlayer beside it.
set -eu

usage() {
    cat <<'TXT'
usage: sh install.sh [--no-path] [--uninstall] [FILE]

Puts FILE (default: the aiwatch for this system and processor beside this script or below target/agents) in
~/.local/bin as aiwatch, makes runlayer a link to it, and puts that folder on PATH for new shells.

  --no-path     leaves the shell's start-up file alone
  --uninstall   removes both; run "runlayer setup hooks --uninstall" and "runlayer logout" before

Exit codes: 0 done, 1 a step failed, 2 wrong call.
TXT
}

fail() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit "${3:-1}"
}

path=yes uninstall=no file=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        usage
        exit 0
        ;;
    --no-path) path=no ;;
    --uninstall) uninstall=yes ;;
    -*) fail "unknown option $1" "see sh install.sh --help" 2 ;;
    *)
        [ -z "$file" ] || fail "more than one file" "see sh install.sh --help" 2
        file=$1
        ;;
    esac
    shift
done
[ -n "${HOME:-}" ] || fail "HOME is not set" "run this as the user who is to have the commands" 2
folder=$HOME/.local/bin
# The marked line is the one that --uninstall takes out again.
mark='# added by the runlayer installer'

# The start-up file of the user's shell that is read for new terminals.
profile() {
    case ${SHELL:-} in
    */zsh) echo "${ZDOTDIR:-$HOME}/.zprofile" ;;
    */bash)
        for candidate in .bash_profile .bash_login; do
            if [ -f "$HOME/$candidate" ]; then
                echo "$HOME/$candidate"
                return
            fi
        done
        echo "$HOME/.profile"
        ;;
    */fish) echo "${XDG_CONFIG_HOME:-$HOME/.config}/fish/conf.d/runlayer.fish" ;;
    *) echo "$HOME/.profile" ;;
    esac
}

if [ "$uninstall" = yes ]; then
    rm -f "$folder/runlayer" "$folder/aiwatch"
    start=$(profile)
    if [ -f "$start" ] && grep -qF "$mark" "$start"; then
        # Written in place and not renamed, so that a link to a file elsewhere stays one.
        kept=$(grep -vF "$mark" "$start" || true)
        printf '%s' "$kept${kept:+
}" >"$start"
    fi
    echo "removed aiwatch and runlayer from $folder"
    exit 0
fi

if [ -z "$file" ]; then
    case $(uname -s)-$(uname -m) in
    Darwin-*) name=aiwatch-macos-universal ;;
    Linux-x86_64) name=aiwatch-linux-x64 ;;
    Linux-aarch64 | Linux-arm64) name=aiwatch-linux-arm64 ;;
    *) fail "no aiwatch for $(uname -s) on $(uname -m)" "name the file that fits this system" 2 ;;
    esac
    here=$(cd "$(dirname "$0")" && pwd)
    for candidate in "$here/$name" "$here/../target/agents/$name"; do
        if [ -f "$candidate" ]; then
            file=$candidate
            break
        fi
    done
    [ -n "$file" ] || fail "no $name beside this script" "download it, and name it: sh install.sh FILE" 2
fi
[ -f "$file" ] || fail "no file $file" "name the downloaded aiwatch" 2

mkdir -p "$folder"
# Aside first: what runs now keeps its own file, and a copy that fails half-way replaces nothing.
aside=$folder/.aiwatch.$$
trap 'rm -f "$aside"' EXIT
cp "$file" "$aside"
chmod 755 "$aside"
version=$("$aside" --version 2>/dev/null) || fail "$file does not run on this system" "download the one for $(uname -s) on $(uname -m)"
case $version in
"aiwatch version "*) ;;
*) fail "$file is not aiwatch" "name the downloaded aiwatch" ;;
esac
mv -f "$aside" "$folder/aiwatch"
ln -sf aiwatch "$folder/runlayer"
echo "installed $version in $folder, with runlayer beside it"

case :$PATH: in
*":$folder:"*) ;;
*)
    start=$(profile)
    if [ "$path" = no ]; then
        echo "note: $folder is not on PATH"
    elif [ -f "$start" ] && grep -qF "$mark" "$start"; then
        echo "open a new terminal: $start puts $folder on PATH"
    else
        mkdir -p "$(dirname "$start")"
        # A last line without an end must not run into ours.
        if [ -s "$start" ] && [ -n "$(tail -c 1 "$start")" ]; then
            echo >>"$start"
        fi
        # The start-up file expands it anew, so that a moved home stays right.
        # shellcheck disable=SC2016
        case $start in
        *.fish) printf 'fish_add_path "$HOME/.local/bin" %s\n' "$mark" >>"$start" ;;
        *) printf 'export PATH="$HOME/.local/bin:$PATH" %s\n' "$mark" >>"$start" ;;
        esac
        echo "open a new terminal: $start now puts $folder on PATH"
    fi
    ;;
esac
echo "next: runlayer login --host https://YOUR-TENANT, then runlayer setup hooks --install"

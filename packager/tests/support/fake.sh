#!/bin/sh
# Stands for the tools of macOS, by the name it is called with. Writes each call to $FAKE_STATE/calls, and plays
# launchd from files: domains/,
# units/ ("live", "undead", or the number of prints until it is gone),
# disabled/, failures/ (how many bootstraps fail), silent/ (the next bootstrap succeeds and loads nothing).
name=${0##*/}
line=$name
for argument; do
    line="$line [$argument]"
done
printf '%s\n' "$line" >>"$FAKE_STATE/calls"

key() {
    printf '%s' "$1" | tr / _
}

advance() {
    clock=$(cat "$FAKE_STATE/clock")
    printf '%s\n' "$((clock + $1))" >"$FAKE_STATE/clock"
}

launchctl_print() {
    case $1 in
    gui/*/* | system/*) ;;
    *)
        [ -e "$FAKE_STATE/domains/$(key "$1")" ] || exit 113
        exit 0
        ;;
    esac
    unit=$FAKE_STATE/units/$(key "$1")
    [ -e "$unit" ] || exit 113
    left=$(cat "$unit")
    case $left in
    live | undead) exit 0 ;;
    0)
        rm "$unit"
        exit 113
        ;;
    esac
    printf '%s\n' "$((left - 1))" >"$unit"
    exit 0
}

launchctl() {
    verb=$1
    shift
    if [ "$FAKE_HANG" = "$verb" ]; then
        exec /bin/sleep 100
    fi
    unit=$FAKE_STATE/units/$(key "$1")
    case $verb in
    print) launchctl_print "$1" ;;
    enable) rm -f "$FAKE_STATE/disabled/$(key "$1")" ;;
    bootout)
        [ -e "$unit" ] || exit 3
        [ "$(cat "$unit")" = undead ] || printf '%s\n' "$FAKE_DRAIN" >"$unit"
        ;;
    kill)
        [ "$1" = SIGKILL ] || exit 64
        unit=$FAKE_STATE/units/$(key "$2")
        [ "$(cat "$unit")" = undead ] || rm -f "$unit"
        ;;
    bootstrap)
        label=${2##*/}
        target=$(key "$1/${label%.plist}")
        [ -f "$2" ] || exit 64
        if [ -e "$FAKE_STATE/disabled/$target" ]; then
            echo "Bootstrap failed: 119: Service is disabled"
            exit 119
        fi
        if [ -e "$FAKE_STATE/silent/$target" ]; then
            rm "$FAKE_STATE/silent/$target"
            exit 0
        fi
        failures=$(cat "$FAKE_STATE/failures/$target" 2>/dev/null || echo 0)
        if [ "$failures" -gt 0 ] || [ -e "$FAKE_STATE/units/$target" ]; then
            [ "$failures" = 0 ] || printf '%s\n' "$((failures - 1))" >"$FAKE_STATE/failures/$target"
            echo "Bootstrap failed: 5: Input/output error"
            exit 5
        fi
        echo live >"$FAKE_STATE/units/$target"
        ;;
    asuser)
        shift
        exec "$@"
        ;;
    *) exit 64 ;;
    esac
}

case $name in
launchctl) launchctl "$@" ;;
stat)
    case $* in
    "-f %u /dev/console") printf '%s\n' "$FAKE_UID" ;;
    "-f %u /"*/aiwatch) printf '%s\n' "$FAKE_OWNER" ;;
    *) exit 64 ;;
    esac
    ;;
ps)
    [ "$*" = "-axo uid=" ] || exit 64
    for uid in $FAKE_UIDS; do
        printf '%5s\n' "$uid"
    done
    ;;
date)
    case $* in
    +%s) echo $(($(cat "$FAKE_STATE/clock") / 1000)) ;;
    "-u +%Y-%m-%dT%H:%M:%SZ") echo 2026-01-01T00:00:00Z ;;
    *) exit 64 ;;
    esac
    ;;
sleep)
    case $1 in
    0.2) advance 200 ;;
    0.5) advance 500 ;;
    1) advance 1000 ;;
    2) advance 2000 ;;
    60 | 120) exec /bin/sleep "$FAKE_WATCHDOG" ;;
    *) exit 64 ;;
    esac
    ;;
id)
    [ "$*" = -u ] || exit 64
    echo "$FAKE_ID"
    ;;
dscl)
    case $* in
    ". -list /Users UniqueID") cat "$FAKE_STATE/users" ;;
    ". -read /Users/"*" NFSHomeDirectory") cat "$FAKE_STATE/home_${3##*/}" ;;
    *) exit 64 ;;
    esac
    ;;
sudo)
    # Like the one of macOS, which keeps HOME unless it is told -H.
    [ "$1" = -n ] || exit 64
    shift
    home=$HOME
    if [ "$1" = -H ]; then
        home=/of/$3
        shift
    fi
    [ "$1" = -u ] || exit 64
    shift 2
    HOME=$home exec "$@"
    ;;
security)
    [ "$1 $2" = "delete-generic-password -s" ] || exit 64
    # Looks for the keychain where HOME says.
    [ "$HOME" = "/of/#501" ] || exit 44
    left=$(cat "$FAKE_STATE/keychain")
    [ "$left" -gt 0 ] || exit 44
    echo $((left - 1)) >"$FAKE_STATE/keychain"
    ;;
pkgutil)
    case $1 in
    --pkg-info) [ -e "$FAKE_STATE/receipts/$2" ] ;;
    --forget) rm "$FAKE_STATE/receipts/$2" ;;
    *) exit 64 ;;
    esac
    ;;
chown | defaults) ;;
*) exit 64 ;;
esac

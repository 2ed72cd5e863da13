#!/bin/sh
# Removes Runlayer AI Watch from a Mac: hook entries, units of every logged-in user, program, state, receipts.
# Generated: change its template instead.
#
#   sudo sh uninstall.sh [--purge-credentials] [--strict]
#
#   --purge-credentials  also deletes the credentials in the keychains of logged-in users
#   --strict             ends with 1 when something is left
#
# Ends with 0 otherwise, and with 2 when it is not run by root or does not know an option. May run again.
# Configuration profiles stay: take the device out of their scope in the MDM. Logs stay.

# The one place that says where tools are: tests put theirs first.
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH
# Empty on devices: tests put a folder here.
ROOT=
umask 022

purge=no
strict=no
# An MDM may pass arguments of its own, such as a computer's name: only options are judged.
for argument; do
    case $argument in
    --purge-credentials) purge=yes ;;
    --strict) strict=yes ;;
    --*)
        printf 'error: unknown option %s\nhint: options are --purge-credentials and --strict\n' "$argument" >&2
        exit 2
        ;;
    esac
done
if [ "$(id -u)" != 0 ]; then
    printf 'error: only root can uninstall\nhint: run it with sudo, or from the MDM\n' >&2
    exit 2
fi

LOG=$ROOT'/Library/Logs/Runlayer/aiwatch-uninstall.log'
mkdir -p "${LOG%/*}" 2>/dev/null
true 2>/dev/null >>"$LOG" || LOG=/dev/null

# Says it to whoever runs this, and to the log.
say() {
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" | tee -a "$LOG"
}

# Waits for the command that was just started in the background, but for no more than so many seconds: macOS has
# no timeout(1), and a hung launchctl must not hang us.
finish_within() {
    worker=$!
    (
        nap=
        trap 'kill "$nap"; exit 0' TERM
        sleep "$1" &
        nap=$!
        wait "$nap"
        kill -9 "$worker"
    ) >/dev/null 2>&1 &
    watchdog=$!
    wait "$worker"
    code=$?
    kill "$watchdog" 2>/dev/null
    return "$code"
}

# The users with a graphical session, the one at the screen first. None of them is root, the login window or
# the set-up assistant: those have numbers below 500. A directory server's users are found too, by their
# processes.
session_users() {
    {
        stat -f %u /dev/console
        ps -axo uid=
    } 2>/dev/null |
        awk '$1 ~ /^[0-9]+$/ && $1 >= 500 && $1 < 4294967294 && !seen[$1]++ { print $1 }' |
        while read -r uid; do
            if launchctl print "gui/$uid" </dev/null >/dev/null 2>&1; then
                printf '%s\n' "$uid"
            fi
        done
}

# Waits until launchd no longer knows a unit, for so many steps of 0.2 s, but not past the deadline.
wait_gone() {
    steps=$2
    while launchctl print "$1" >/dev/null 2>&1; do
        if [ "$steps" -le 0 ] || [ "$(date +%s)" -ge "$deadline" ]; then
            return 1
        fi
        steps=$((steps - 1))
        sleep 0.2
    done
}

# Unloads a unit: domain, label. bootout only asks: the unit stays until its program has ended, at most 15 s
# here, and 5 s more once it is killed.
stop_unit() {
    launchctl bootout "$1/$2" >/dev/null 2>&1
    if wait_gone "$1/$2" 75; then
        return 0
    fi
    say "$1/$2 does not end, so it is killed"
    launchctl kill SIGKILL "$1/$2" >/dev/null 2>&1
    if wait_gone "$1/$2" 25; then
        return 0
    fi
    say "$1/$2 is still loaded"
    return 1
}

# Entries of ours that stay behind would call a program that is gone. Those of others stay as they are.
remove_hooks() {
    if ! [ -x "$ROOT"'/usr/local/lib/runlayer/aiwatch/aiwatch' ]; then
        say "the agent is gone already, so hook entries are not looked for"
        return 0
    fi
    # A package manager may have given the folders above to a user, and root runs no program of theirs.
    if [ -L "$ROOT"'/usr/local/lib/runlayer' ] || [ "$(stat -f %u "$ROOT"'/usr/local/lib/runlayer/aiwatch/aiwatch')" != 0 ]; then
        say "the agent is not where the package put it or not root's, so it is not run to remove hook entries"
        return 1
    fi
    "$ROOT"'/usr/local/lib/runlayer/aiwatch/aiwatch' 'setup' 'hooks' 'uninstall' '--all-users' </dev/null >>"$LOG" 2>&1 &
    finish_within 120
    code=$?
    if [ "$code" = 0 ]; then
        say "removed the hook entries"
        return 0
    fi
    say "removing the hook entries failed with $code"
    return 1
}

stop_units() {
    deadline=$(($(date +%s) + 45))
    for uid in $users; do
        stop_unit "gui/$uid" 'com.runlayer.aiwatch'
        stop_unit "gui/$uid" 'com.runlayer.aiwatch.enroll'
    done
    stop_unit system 'com.runlayer.aiwatch.bootstrap'
}

# A link in the place of the vendor's folder would lead root into whatever a user chose.
remove() {
    case $1 in
    '/usr/local/lib/runlayer'/*)
        if [ -L "$ROOT"'/usr/local/lib/runlayer' ]; then
            say '/usr/local/lib/runlayer'" is a link, so nothing behind it is removed"
            return 0
        fi
        ;;
    esac
    if [ -e "$ROOT$1" ] || [ -L "$ROOT$1" ]; then
        rm -rf "$ROOT$1" && say "removed $1"
    fi
}

# The link is ours only when it leads to our program.
link_is_ours() {
    case $(readlink "$ROOT"'/usr/local/bin/aiwatch') in
    '../lib/runlayer/aiwatch/aiwatch' | '/usr/local/lib/runlayer/aiwatch/aiwatch') return 0 ;;
    *) return 1 ;;
    esac
}

remove_files() {
    if link_is_ours; then
        remove '/usr/local/bin/aiwatch'
    fi
    remove '/usr/local/lib/runlayer/aiwatch'
    remove '/Library/LaunchAgents/com.runlayer.aiwatch.plist'
    remove '/Library/LaunchAgents/com.runlayer.aiwatch.enroll.plist'
    remove '/Library/LaunchDaemons/com.runlayer.aiwatch.bootstrap.plist'
    remove '/var/db/com.runlayer.aiwatch'
    remove '/usr/local/bin/aiwatch-hook'
    remove '/usr/local/bin/aiwatch-enforce'
    remove '/usr/local/bin/runlayer-scan'
    remove '/usr/local/lib/runlayer/aiwatch-enforce'
    remove '/var/log/ai-watch.log'
    # Shared with other programs of the maker, so only when it is empty.
    rmdir "$ROOT"'/usr/local/lib/runlayer' 2>/dev/null
    # The preferences of a test on this device; defaults first, since a daemon keeps a copy of the file. What
    # an MDM manages is not ours to touch.
    defaults delete "$ROOT"'/Library/Preferences/com.runlayer.aiwatch' >/dev/null 2>&1
    remove '/Library/Preferences/com.runlayer.aiwatch'.plist
}

forget_receipts() {
    for receipt in 'com.runlayer.aiwatch' 'com.runlayer.aiwatch-enforce'; do
        if pkgutil --pkg-info "$receipt" >/dev/null 2>&1; then
            pkgutil --forget "$receipt" >/dev/null 2>&1 && say "forgot the receipt $receipt"
        fi
    done
}

# Marks of an enrollment, in the homes that the directory names: a home need not be below /Users. Done as the
# user, since root must not follow what a user may have put there.
remove_user_state() {
    dscl . -list /Users UniqueID </dev/null | while read -r name uid; do
        case $uid in
        '' | *[!0-9]*) continue ;;
        esac
        if [ "$uid" -lt 500 ]; then
            continue
        fi
        home=$(dscl . -read "/Users/$name" NFSHomeDirectory </dev/null 2>/dev/null |
            sed -e 's/^NFSHomeDirectory://' -e 's/^ *//' -e '/^$/d' | head -n 1)
        if [ -n "$home" ] && [ -d "$home/"'.runlayer' ]; then
            sudo -n -u "#$uid" rm -f "$home/"'.runlayer'/'.enrolled-'* \
 "$home/"'.runlayer'/'.enrollment-attempt' "$home/"'.runlayer'/'.enrollment-lock' "$home/"'.runlayer'/'.tenant-contact' </dev/null && say "removed the state of $name"
        fi
    done
}

# Each user's keychain opens only inside their session, and is looked for in their home: macOS' sudo keeps root's
# unless it is told -H.
purge_credentials() {
    for uid in $users; do
        count=0
        while [ "$count" -lt 20 ] && launchctl asuser "$uid" sudo -n -H -u "#$uid" \
            security delete-generic-password -s 'runlayer-aiwatch' </dev/null >/dev/null 2>&1; do
            count=$((count + 1))
        done
        say "deleted $count credentials of user $uid"
    done
}

# Prints what is left of ours.
leftovers() {
    for path in '/usr/local/lib/runlayer/aiwatch' '/var/db/com.runlayer.aiwatch' '/Library/Preferences/com.runlayer.aiwatch'.plist \
        '/Library/LaunchAgents/com.runlayer.aiwatch.plist' \
        '/Library/LaunchAgents/com.runlayer.aiwatch.enroll.plist' \
        '/Library/LaunchDaemons/com.runlayer.aiwatch.bootstrap.plist' \
        '/usr/local/bin/aiwatch-hook' \
        '/usr/local/bin/aiwatch-enforce' \
        '/usr/local/bin/runlayer-scan' \
        '/usr/local/lib/runlayer/aiwatch-enforce' \
        '/var/log/ai-watch.log' \
        ; do
        if [ -e "$ROOT$path" ] || [ -L "$ROOT$path" ]; then
            printf '%s\n' "$path"
        fi
    done
    if link_is_ours; then
        printf '%s\n' '/usr/local/bin/aiwatch'
    fi
    for unit in system/'com.runlayer.aiwatch.bootstrap' \
        $(for uid in $users; do
            printf 'gui/%s/%s\n' "$uid" 'com.runlayer.aiwatch' "$uid" 'com.runlayer.aiwatch.enroll'
        done); do
        if launchctl print "$unit" >/dev/null 2>&1; then
            printf '%s\n' "$unit"
        fi
    done
    for receipt in 'com.runlayer.aiwatch' 'com.runlayer.aiwatch-enforce'; do
        if pkgutil --pkg-info "$receipt" >/dev/null 2>&1; then
            printf 'receipt %s\n' "$receipt"
        fi
    done
}

users=$(session_users)
# The units first: a tick of the daemon would write the hook entries again. The program last: it removes them.
stop_units &
finish_within 60 || say "stopping the units took too long or failed"
hooks_left=
remove_hooks || hooks_left="hook entries"
remove_files
forget_receipts
remove_user_state &
finish_within 60 || say "removing the users' state took too long or failed"
if [ "$purge" = yes ]; then
    purge_credentials &
    finish_within 60 || say "deleting credentials took too long or failed"
fi
left=$(leftovers)
left=$(printf '%s\n%s\n' "$hooks_left" "$left" | sed '/^$/d')
if [ -n "$left" ]; then
    say "left: $(printf '%s' "$left" | tr '\n' ';')"
    if [ "$strict" = yes ]; then
        exit 1
    fi
else
    say "nothing is left"
fi
exit 0

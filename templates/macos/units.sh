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

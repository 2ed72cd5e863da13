#!/bin/sh
# Opens the install window and starts the units of {{ product|safe }}.
# Arguments: package, destination, volume, system root.
#
# Ends with 0 whatever happens: a unit that cannot be started now is started by launchd at the next login or
# start, while a failed install is repeated by the MDM for ever.

# The one place that says where tools are: tests put theirs first.
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH
# Empty on devices: tests put a folder here.
ROOT=
volume=$ROOT${3%/}
umask 022

# The Installer keeps what a script says in /var/log/install.log.
say() {
    printf '%s\n' "$*"
}

{{ units|safe }}
# Sets owner and mode. launchd refuses a unit that its group or others can write. Never through a link: what is
# there was placed as a file or folder, and a package manager may have given the folders above to a user. Fails
# for a link only, so that nothing behind it is touched either.
own() {
    if [ -L "$volume$2" ]; then
        say "$2 is a link, and its owner and mode are left as they are"
        return 1
    fi
    if ! { chown -h root:wheel "$volume$2" && chmod "$1" "$volume$2"; }; then
        say "cannot set owner and mode of $2"
    fi
}

set_permissions() {
{% for folder in folders %}
    own 0755 {{ folder }} &&
{% endfor %}
    own 0755 {{ agent }}
{% for unit in agents + daemons %}
    own 0644 {{ unit.path }}
{% endfor %}
}

# The stamp's time opens the window in which the daemon retries every minute. It must be there before the
# daemon's first run. Written by true, since a shell ends when it cannot open a file for `:`.
open_window() {
    if ! { mkdir -p "$ROOT"{{ state_dir }} && true >"$ROOT"{{ stamp }} && touch "$ROOT"{{ stamp }}; }; then
        say "cannot write the install stamp"
    fi
    own 0755 {{ state_dir }}
    own 0644 {{ stamp }}
}

# Loads a unit: domain, label, file. A label that was once disabled must be enabled first. While the old unit
# drains, bootstrap fails with 5, and print shows the old unit: neither counts as loaded.
start_unit() {
    launchctl enable "$1/$2" >/dev/null 2>&1
    stop_unit "$1" "$2"
    for pause in 0 0.2 0.5 1 2; do
        if [ "$pause" != 0 ]; then
            sleep "$pause"
        fi
        if why=$(launchctl bootstrap "$1" "$3" 2>&1) && launchctl print "$1/$2" >/dev/null 2>&1; then
            say "loaded $1/$2"
            return 0
        fi
        if [ "$(date +%s)" -ge "$deadline" ]; then
            break
        fi
    done
    say "cannot load $1/$2 now: $why"
}

# Agents first: enrollment gets a head start on the daemon that waits for it.
start_units() {
    deadline=$(($(date +%s) + 45))
    users=$(session_users)
    if [ -z "$users" ]; then
        say "no one is logged in: the agents start at the next login"
    fi
    for uid in $users; do
{% for unit in agents %}
        start_unit "gui/$uid" {{ unit.label }} "$ROOT"{{ unit.path }}
{% endfor %}
    done
{% for unit in daemons %}
    start_unit system {{ unit.label }} "$ROOT"{{ unit.path }}
{% endfor %}
}

set_permissions
if [ "${3:-/}" != / ]; then
    # Another volume has no launchd: its own starts the units, and the daemon writes its own stamp.
    exit 0
fi
open_window
start_units &
finish_within 60 || say "starting the units took too long or failed; launchd starts them later"
exit 0

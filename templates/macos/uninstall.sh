#!/bin/sh
# Removes {{ product|safe }} from a Mac: hook entries, units of every logged-in user, program, state, receipts.
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
        exit {{ misuse|safe }}
        ;;
    esac
done
if [ "$(id -u)" != 0 ]; then
    printf 'error: only root can uninstall\nhint: run it with sudo, or from the MDM\n' >&2
    exit {{ misuse|safe }}
fi

LOG=$ROOT{{ log }}
mkdir -p "${LOG%/*}" 2>/dev/null
true 2>/dev/null >>"$LOG" || LOG=/dev/null

# Says it to whoever runs this, and to the log.
say() {
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" | tee -a "$LOG"
}

{{ units|safe }}
# Entries of ours that stay behind would call a program that is gone. Those of others stay as they are.
remove_hooks() {
    if ! [ -x "$ROOT"{{ agent }} ]; then
        say "the agent is gone already, so hook entries are not looked for"
        return 0
    fi
    # A package manager may have given the folders above to a user, and root runs no program of theirs.
    if [ -L "$ROOT"{{ vendor_dir }} ] || [ "$(stat -f %u "$ROOT"{{ agent }})" != 0 ]; then
        say "the agent is not where the package put it or not root's, so it is not run to remove hook entries"
        return 1
    fi
    "$ROOT"{{ agent }}{% for word in remove_hooks %} {{ word }}{% endfor %} </dev/null >>"$LOG" 2>&1 &
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
{% for unit in agents %}
        stop_unit "gui/$uid" {{ unit.label }}
{% endfor %}
    done
{% for unit in daemons %}
    stop_unit system {{ unit.label }}
{% endfor %}
}

# A link in the place of the vendor's folder would lead root into whatever a user chose.
remove() {
    case $1 in
    {{ vendor_dir }}/*)
        if [ -L "$ROOT"{{ vendor_dir }} ]; then
            say {{ vendor_dir }}" is a link, so nothing behind it is removed"
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
    case $(readlink "$ROOT"{{ link }}) in
    {{ link_target }} | {{ agent }}) return 0 ;;
    *) return 1 ;;
    esac
}

remove_files() {
    if link_is_ours; then
        remove {{ link }}
    fi
    remove {{ agent_dir }}
{% for unit in agents + daemons %}
    remove {{ unit.path }}
{% endfor %}
    remove {{ state_dir }}
{% for path in legacy_paths %}
    remove {{ path }}
{% endfor %}
    # Shared with other programs of the maker, so only when it is empty.
    rmdir "$ROOT"{{ vendor_dir }} 2>/dev/null
    # The preferences of a test on this device; defaults first, since a daemon keeps a copy of the file. What
    # an MDM manages is not ours to touch.
    defaults delete "$ROOT"{{ preferences }} >/dev/null 2>&1
    remove {{ preferences }}.plist
}

forget_receipts() {
    for receipt in{% for receipt in receipts %} {{ receipt }}{% endfor %}; do
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
        if [ -n "$home" ] && [ -d "$home/"{{ user_state }} ]; then
            sudo -n -u "#$uid" rm -f "$home/"{{ user_state }}/{{ enrolled }}* \
               {% for file in state_files %} "$home/"{{ user_state }}/{{ file }}{% endfor %} </dev/null && say "removed the state of $name"
        fi
    done
}

# Each user's keychain opens only inside their session, and is looked for in their home: macOS' sudo keeps root's
# unless it is told -H.
purge_credentials() {
    for uid in $users; do
        count=0
        while [ "$count" -lt 20 ] && launchctl asuser "$uid" sudo -n -H -u "#$uid" \
            security delete-generic-password -s {{ keychain_service }} </dev/null >/dev/null 2>&1; do
            count=$((count + 1))
        done
        say "deleted $count credentials of user $uid"
    done
}

# Prints what is left of ours.
leftovers() {
    for path in {{ agent_dir }} {{ state_dir }} {{ preferences }}.plist \
{% for unit in agents + daemons %}
        {{ unit.path }} \
{% endfor %}
{% for path in legacy_paths %}
        {{ path }} \
{% endfor %}
        ; do
        if [ -e "$ROOT$path" ] || [ -L "$ROOT$path" ]; then
            printf '%s\n' "$path"
        fi
    done
    if link_is_ours; then
        printf '%s\n' {{ link }}
    fi
    for unit in{% for unit in daemons %} system/{{ unit.label }}{% endfor %} \
        $(for uid in $users; do
            printf 'gui/%s/%s\n'{% for unit in agents %} "$uid" {{ unit.label }}{% endfor %}

        done); do
        if launchctl print "$unit" >/dev/null 2>&1; then
            printf '%s\n' "$unit"
        fi
    done
    for receipt in{% for receipt in receipts %} {{ receipt }}{% endfor %}; do
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
        exit {{ failure|safe }}
    fi
else
    say "nothing is left"
fi
exit 0

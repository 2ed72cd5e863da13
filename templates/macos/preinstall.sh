#!/bin/sh
# Removes the program of an earlier version: the Installer never deletes a file that a new version no longer
# has. Nothing else is touched. Arguments: package, destination, volume, system root.

# The one place that says where tools are: tests put theirs first.
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH
# Empty on devices: tests put a folder here.
ROOT=

# A link in the place of the folder would lead root into whatever a user chose.
if ! [ -L "$ROOT${3%/}"{{ vendor_dir }} ]; then
    rm -rf "$ROOT${3%/}"{{ agent_dir }}
fi
exit 0

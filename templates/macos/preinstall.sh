#!/bin/sh
# Removes the program of an earlier version: the Installer never deletes a file that a new version no longer
# has. Nothing else is touched. Arguments: package, destination, volume, system root.

# The one place that says where tools are: tests put theirs first.
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH
# Empty on devices: tests put a folder here.
ROOT=

rm -rf "$ROOT${3%/}"{{ agent_dir }}
exit 0

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# scenarios.sh FILE...: prints the scenarios as C: a name and a string for each.

for file; do
	name=${file##*/}
	printf '{ "%s",\n' "${name%.txt}"
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' "$file"
	echo '},'
done

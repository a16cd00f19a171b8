# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# Several checks as one verdict. Sourced after common.sh.

# step NAME CMD...: what CMD's last line counts is left for the report; a CMD that
# counts nothing is one check.
step()
{
	local name=$1 start=$SECONDS rc=0 last counts
	shift

	say "== $name"
	"$@" | tee "$logs/check-$name.log" |
		sed -uE '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/d'
	rc=${PIPESTATUS[0]}
	last=$(tail -n 1 "$logs/check-$name.log")
	if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]
	then
		counts=("${BASH_REMATCH[@]:1}")
		# It knows of a failure that is none of a single case.
		[ "$rc" -eq 0 ] || [ "${counts[1]}" -gt 0 ] || counts[1]=1
	elif [ "$rc" -eq 0 ]; then
		counts=(1 0 0)
	else
		counts=(0 1 0)
	fi
	echo "$name ${counts[*]} $((SECONDS - start))" >"$logs/check-$name.result"
	say "== $(report "$name")"
}

# report NAME: a line about a step; one that did not come to its end has failed.
report()
{
	local result

	read -ra result <"$logs/check-$1.result" || result=("$1" 0 1 0 0)
	printf '%-12s %5d passed %4d failed %4d skipped %6d s\n' "${result[@]}"
}

# verdict NAME...: all of them, and 'N passed, N failed, N skipped'.
verdict()
{
	local name

	echo
	for name; do
		report "$name"
	done | tee "$logs/check.log"
	echo "total: $SECONDS s"
	awk '{ p += $2; f += $4; s += $6 }
		END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' \
		"$logs/check.log"
}

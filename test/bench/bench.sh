#!/bin/bash
# bench.sh - what a view costs: side by side, in one run, on any machine
#
#   test/bench/bench.sh [--quick] [--cpu] [--rounds N] [--points DIR] [--plots DIR] [--rows NAME,...]
#
# Three arms are compared in interleaved rounds: a table without a view, the
# same with a view of ivm, and the same with a summary table that a statement
# trigger with transition tables keeps.  Prints progress to standard error and
# a Markdown table to standard output.  Installs what is missing, works in a
# temporary directory on a server of its own.
set -u
export LC_ALL=C					# messages of pgbench are read

BENCH=$(cd "$(dirname "$0")" && pwd)
. "$BENCH/../bin/lib.sh"
. "$BENCH/measure.sh"
. "$BENCH/rows.sh"
. "$BENCH/joins.sh"
. "$BENCH/scale.sh"
. "$BENCH/curves.sh"
. "$BENCH/hardships.sh"
. "$BENCH/deferred.sh"
. "$BENCH/append.sh"
. "$BENCH/online.sh"

ALL_ROWS=(insert insert-groups insert-sync insert-hot update delete update-unused
	bulk-insert bulk-copy bulk-update bulk-delete five-views twenty-views big-table
	mixed-levels old-snapshot old-snapshot-long exceptions savepoints
	join-insert join-insert-sync join-mixed join-bulk left-join exists union
	count-distinct count-distinct-index string-agg percentile delete-extreme
	read-key read-key-planned read-full read-top read-key-pending read-full-pending read-top-pending read-after-write memory
	first-write first-read catalogue written-views partitions
	deferred-insert deferred-five deferred-join deferred-insert-sync
	deferred-bulk-insert deferred-bulk-copy deferred-refresh-writers
	refresh refresh-nothing refresh-all fresh-read
	append-insert window-insert window-read append-memory
	append-refresh append-refresh-keys append-nothing append-fill
	online-build online-pause online-live online-replace
	clients read-size)

usage()
{
	cat <<-EOT
		usage: bench.sh [--quick] [--cpu] [--rounds N] [--points DIR] [--plots DIR] [--rows NAME,...]
		  --quick     smaller tables and fewer rounds
		  --cpu       compare CPU times, except with 32 clients:
		              for busy machines
		  --rounds N  rounds per row of the table
		  --points D  directory for the table and for the points of
		              curves
		  --plots D   directory for what plots draws of them
		  --rows      only these: ${ALL_ROWS[*]}
	EOT
}

# How much is measured; SLICES turns of SLICE seconds per arm and round.
ROUNDS= QUICK= CPU= POINTS= PLOTS= ROWS=("${ALL_ROWS[@]}")
while [ $# -gt 0 ]; do
	case $1 in
		--quick) QUICK=1 ;;
		--cpu) CPU=1 ;;
		--rounds) ROUNDS=${2:?}; shift ;;
		--points) POINTS=$(realpath "${2:?}"); mkdir -p "$POINTS" || exit 2; shift ;;
		--plots) PLOTS=$(realpath "${2:?}"); shift ;;
		--rows) IFS=, read -ra ROWS <<<"${2:?}"; shift ;;
		-h | --help) usage; exit 0 ;;
		*) usage >&2; exit 2 ;;
	esac
	shift
done
for row in "${ROWS[@]}"; do
	[ "$(type -t "row_${row//-/_}")" = function ] || { usage >&2; exit 2; }
done
SLICE=0.2 READ_SLICE=0.1 WARMUP=0.3 CORES=$(nproc)
if [ -n "$QUICK" ]; then
	: "${ROUNDS:=2}"
	SLICES=4 WARMUP=0.2 FILL=20000 DELETES=200000 BULK=100000 STEP=20000 BIG=1000000
	GROUPS_READ=200000 REFRESHED=200000
	READINGS=2000000 APPENDED=20000 VISITS=200000 KEYS=500000
	BUILT=300000 BUILD_SECONDS=5 OLD_SECONDS=10 OLD_LONG_SECONDS=60
else
	: "${ROUNDS:=5}"
	SLICES=12 FILL=100000 DELETES=800000 BULK=500000 STEP=100000 BIG=10000000
	GROUPS_READ=1000000 REFRESHED=2000000
	READINGS=20000000 APPENDED=100000 VISITS=2000000 KEYS=2000000
	BUILT=3000000 BUILD_SECONDS=20 OLD_SECONDS=40 OLD_LONG_SECONDS=600
fi

# ---------------------------------------------------------------------------
# The table
# ---------------------------------------------------------------------------

# count_name 500000: 500 k
count_name()
{
	if [ $(($1 % 1000000)) = 0 ]; then
		echo "$(($1 / 1000000)) M"
	else
		echo "$(($1 / 1000)) k"
	fi
}

RATIO_FORMAT=%.2f

# show_ratios LIST: median (min-max)
show_ratios()
{
	local list
	[ -n "${1// /}" ] || { echo '–'; return; }
	list=$(tr ' ' '\n' <<<"$1" | grep . | sort -g)
	# shellcheck disable=SC2059
	printf "$RATIO_FORMAT ($RATIO_FORMAT–$RATIO_FORMAT)" \
		"$(median <<<"$1")" "$(head -1 <<<"$list")" "$(tail -1 <<<"$list")"
}

# report TITLE TARGET UNIT: one line of the table, from RATIOS and BASE
report()
{
	local title=$1 target=$2 unit=$3 base=– verdict
	local ivm=${RATIOS[ivm]} trigger=${RATIOS[trigger]:-}

	[ -z "$BASE" ] || base=$(median <<<"$BASE" | awk -v unit="$unit" '{
		if (unit == "ms" && $1 >= 1000)
			printf "%.2f s", $1 / 1000
		else
			printf $1 < 10 ? "%.3f %s" : "%.0f %s", $1, unit }')
	verdict=$(awk -v target="$target" -v ivm="$(median <<<"$ivm")" \
		-v trigger="$(median <<<"$trigger")" 'BEGIN {
		split(target, t, " ")
		least = t[1] == "≥"
		v = (least ? ivm >= t[2] : ivm <= t[2]) ? "met" : "missed"
		if (target == "–")
			v = "–"
		else if (trigger != "" && (least ? ivm < trigger : ivm > trigger))
			v = v ", trigger faster"
		print v }')
	report_line "| $title | $target | $base | $(show_ratios "$ivm") | $(show_ratios "$trigger") | $verdict |"
}

report_line()
{
	LINES+=("$1")
	ivm_say "$1"
}

LINES=()

print_table()
{
	local cpu
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
	cat <<-EOT
		${cpu:-unknown processor}, $CORES cores, $("$IVM_BIN/postgres" --version | sed 's/^postgres (PostgreSQL)/PostgreSQL/'), $(date +%Y-%m-%d)${QUICK:+, quick run}${CPU:+, CPU times}

		| workload | target | no view | with ivm | statement trigger | |
		|---|---|---|---|---|---|
	EOT
	printf '%s\n' "${LINES[@]}"
	cat <<-EOT

		Ratios to the table with no view, or to what the row names, measured by turns in one run: median
		(lowest–highest) of the rounds; ≥ of transactions per second, ≤ of times.
		Statement trigger: hand-written, with transition tables and
		\`INSERT … ON CONFLICT DO UPDATE\` into a summary table.
	EOT
}

ivm_prepare ${PLOTS:+python3}
trap 'rc=$?; loads_kill; refresher_stop; (exit $rc); ivm_cleanup' EXIT	# which looks at $?
[ -n "$POINTS" ] || { POINTS=$IVM_TMP/points; mkdir "$POINTS"; }
ivm_say "building and installing"
ivm_install || ivm_die "the extension could not be built"
ivm_initdb bench 'fsync = off' 'shared_buffers = 1GB' 'max_wal_size = 16GB' \
	'checkpoint_timeout = 1h' 'wal_level = replica' 'max_connections = 250' 'jit = off' \
	'max_parallel_workers_per_gather = 0' || ivm_die "initdb failed"
ivm_start bench || ivm_die "the server did not start"
control_open
ivm_say "setting up"
run_sql -c 'CREATE EXTENSION ivm' -f "$BENCH/setup.sql" -c "CALL bench.fill_source($BULK)" \
	-c 'VACUUM ANALYZE bench.source' -c "CALL bench.create_arms('orders')" \
	-c "CALL bench.create_arms('orders5')" >/dev/null || ivm_die "set-up failed"

for row in "${ROWS[@]}"; do
	ivm_say "$row"
	"row_${row//-/_}"
done
print_table | tee "$POINTS/table.md"
[ -z "$PLOTS" ] || "$BENCH/plots" "$POINTS" "$PLOTS"

#!/bin/bash
# tpch.sh - the queries of TPC-H as views: which are taken, what they cost,
# whether they are exact
#
#   test/bench/tpch.sh [--only qNN,...] [--no-times] [--cpu] [SF [ROUNDS]]
#
# Loads a data set of scale factor SF (0.01 unless given) and makes each query
# a view.  First each view alone is timed: the query, reading the view, the
# refresh functions (RF1 adds orders, RF2 deletes as many) and the touches of
# all tables, each with the view and without.  Then all views stand together,
# and after each step of ROUNDS rounds (2 unless given) each must have the rows
# of its query.  With --cpu, times are those that the server's process spent
# computing, for busy machines.
#
# Prints progress to standard error, a Markdown table and "N exact, N refused,
# N wrong" to standard output; the exit status is 0 only if nothing is wrong and
# no step failed.  Works in a temporary directory on a server of its own.
set -u
export LC_ALL=C

BENCH=$(cd "$(dirname "$0")" && pwd)
. "$BENCH/../bin/lib.sh"
. "$BENCH/measure.sh"

usage() { sed -n 's/^#   \(test.*\)/usage: \1/p' "$BENCH/tpch.sh"; }

ONLY= TIMES=1 CPU=
while [ $# -gt 0 ]; do
	case $1 in
		--only) ONLY=${2:?}; shift ;;
		--no-times) TIMES= ;;
		--cpu) CPU=1 ;;
		-h | --help) usage; exit 0 ;;
		-*) usage >&2; exit 2 ;;
		*) break ;;
	esac
	shift
done
SF=${1:-0.01} ROUNDS=${2:-2}
[[ $# -le 2 && $SF =~ ^[0-9]*\.?[0-9]+$ && $ROUNDS =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }

TOUCHES=(region nation supplier part partsupp customer orders lineitem new all)
CYCLES=5			# of the refresh functions, per time
TOUCH_ROUNDS=3		# of the touches, per time
TOUCHED=0			# no two rounds of touches change the same rows
WRONG=" " FAILURES=0
PLAIN_REFRESHES= PLAIN_TOUCHES=

# ---------------------------------------------------------------------------
# Times
# ---------------------------------------------------------------------------

# timed N STATEMENT...: runs the statements in one session, prints the median of
# the sums of each N of them, in milliseconds; the first N are not counted
timed()
{
	local n=$1 statement expected=$(($# - 1))
	shift
	{
		[ -z "$CPU" ] || printf '%s\n' 'SELECT pg_backend_pid() AS pid \gset' '\setenv BACKEND :pid'
		for statement in "$@"; do
			[ -z "$CPU" ] || echo '\! cat /proc/$BACKEND/schedstat'
			printf '%s\n' '\timing on' "$statement" ';' '\timing off'
			[ -z "$CPU" ] || echo '\! cat /proc/$BACKEND/schedstat'
		done
	} | run_timed >"$IVM_TMP/times"
	[ "$(wc -l <"$IVM_TMP/times")" = "$expected" ] || return 1
	awk -v n="$n" '{ sum += $1 } NR % n == 0 { if (NR > n) print sum; sum = 0 }' "$IVM_TMP/times" | median
}

# repeated TIMES STATEMENT: once more than that, for the first is not counted
repeated()
{
	local i statements=()
	for ((i = 0; i <= $1; i++)); do statements+=("$2"); done
	timed 1 "${statements[@]}"
}

time_refreshes()
{
	local i statements=()
	for ((i = 0; i <= CYCLES; i++)); do statements+=('CALL tpch.rf1()' 'CALL tpch.rf2()'); done
	timed 2 "${statements[@]}"
}

# Rounds that have been would find other rows, so each time has new ones.
time_touches()
{
	local i touch statements=()
	for ((i = 0; i <= TOUCH_ROUNDS; i++)); do
		for touch in "${TOUCHES[@]}"; do statements+=("CALL tpch.touch_$touch($((TOUCHED + i)))"); done
	done
	timed ${#TOUCHES[@]} "${statements[@]}"
}

# time_view QUERY: adds to LINES, unless the query is refused.  What the view
# adds is what the same took with it, less the mean of before and after.
time_view()
{
	local name=$1 facts query recompute read refreshes touches
	local refreshes_before=$PLAIN_REFRESHES touches_before=$PLAIN_TOUCHES

	run_sql -c 'VACUUM (ANALYZE)' -c "CALL tpch.create_view('$name')" || return 1
	facts=$(strategy "$name")
	[ -n "$facts" ] || return 0
	query=$(run_sql -c "SELECT definition FROM tpch.query WHERE name = '$name'")
	recompute=$(repeated 3 "$query") && read=$(repeated 5 "TABLE $name") || return 1
	refreshes=$(time_refreshes) && touches=$(time_touches) || return 1
	TOUCHED=$((TOUCHED + TOUCH_ROUNDS + 1))
	run_sql -c "SELECT ivm.drop_view('$name')" >/dev/null && time_plain || return 1
	LINES+=("$(awk -v name="$name" -v facts="$facts" -v q="$recompute" -v r="$read" \
		-v v="$refreshes" -v p1="${refreshes_before}" -v p2="$PLAIN_REFRESHES" \
		-v tv="$touches" -v tp1="$touches_before" -v tp2="$PLAIN_TOUCHES" 'BEGIN {
		p = (p1 + p2) / 2
		tp = (tp1 + tp2) / 2
		printf "| %s | %s | %.1f | %.2f | %.1f | %+.1f | %.1f | %+.1f | %.2f |",
			name, facts, q, r, p, v - p, tp, tv - tp, q ? (v - p) / 2 / q : 0 }')")
	ivm_say "${LINES[-1]}"
}

# Without a view
time_plain()
{
	PLAIN_REFRESHES=$(time_refreshes) && PLAIN_TOUCHES=$(time_touches) || return 1
	TOUCHED=$((TOUCHED + TOUCH_ROUNDS + 1))
}

# What explain_view() says of what the view computes; nothing if it is no view
strategy()
{
	run_sql -c "
		SELECT string_agg(DISTINCT s, ', ' ORDER BY s)
		FROM tpch.query, ivm.explain_view(to_regclass(name)),
			regexp_replace(strategy, ':.*', '') s
		WHERE name = '$1' AND to_regclass(name) IS NOT NULL AND
			part LIKE '%core' AND s NOT IN ('filter', 'key', 'one row') AND
			construct <> 'changes of several tables'"
}

# ---------------------------------------------------------------------------
# Exactness
# ---------------------------------------------------------------------------

check_views()
{
	local name result differences

	if ! run_sql -F ' ' -c 'SELECT query_name, result, differences FROM tpch.check()
		WHERE differences > 0' >"$IVM_TMP/wrong"; then
		FAILURES=$((FAILURES + 1))
		ivm_say "    the check failed after $1"
	fi
	while read -r name result differences; do
		ivm_say "    $name is wrong after $1: $differences rows"
		[[ $WRONG = *" $name "* ]] || WRONG+="$name "
	done <"$IVM_TMP/wrong"
}

step()
{
	if ! run_sql -c "CALL tpch.$1"; then
		FAILURES=$((FAILURES + 1))
		ivm_say "    failed: $1"
	fi
	check_views "$1"
}

check_rounds()
{
	local round touch
	for ((round = TOUCHED + 1; round <= TOUCHED + ROUNDS; round++)); do
		ivm_say "round $((round - TOUCHED))"
		step 'rf1()'
		step 'rf2()'
		for touch in "${TOUCHES[@]}" many; do
			step "touch_$touch($round)"
		done
	done
}

# ---------------------------------------------------------------------------
# All of it
# ---------------------------------------------------------------------------

ivm_prepare
ivm_say "building and installing"
ivm_install || ivm_die "the extension could not be built"
ivm_initdb tpch 'fsync = off' 'shared_buffers = 1GB' 'max_wal_size = 16GB' \
	'checkpoint_timeout = 1h' 'jit = off' 'max_parallel_workers_per_gather = 0' ||
	ivm_die "initdb failed"
ivm_start tpch || ivm_die "the server did not start"
ivm_say "loading scale factor $SF"
cd "$BENCH/tpch"
run_sql -v sf="$SF" -c 'CREATE EXTENSION ivm' -f schema.sql -f data.sql -f keys.sql \
	-f steps.sql -f views.sql || ivm_die "loading failed"
for file in q??.sql; do
	[[ ",${ONLY:-${file%.sql}}," = *",${file%.sql},"* ]] || continue
	run_sql -v name="${file%.sql}" -v text="$(cat "$file")" <<<"CALL tpch.add_query(:'name', :'text')" ||
		ivm_die "loading failed"
done
cd "$IVM_TMP"
QUERIES=$(run_sql -c 'SELECT name FROM tpch.query ORDER BY name')
[ -n "$QUERIES" ] || ivm_die "no such query"

LINES=()
[ -z "$TIMES" ] || time_plain || ivm_die "the steps failed"
for name in ${TIMES:+$QUERIES}; do
	time_view "$name" || { FAILURES=$((FAILURES + 1)); ivm_say "    failed: times of $name"; }
done
for name in $QUERIES; do
	[ "$(run_sql -c "SELECT to_regclass('$name') IS NULL")" = t ] || continue
	run_sql -c "CALL tpch.create_view('$name')" || FAILURES=$((FAILURES + 1))
done
check_views creation
check_rounds
NOT_READY=$(run_sql -c "SELECT string_agg(viewname, ' ') FROM ivm.views WHERE status <> 'ready'")
[ -z "$NOT_READY" ] || { FAILURES=$((FAILURES + 1)); ivm_say "not ready: $NOT_READY"; }

if [ -n "$TIMES" ]; then
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
	cat <<-EOT
		TPC-H, scale factor $SF; ${cpu:-unknown processor}, $(nproc) cores, $("$IVM_BIN/postgres" --version | sed 's/^postgres (PostgreSQL)/PostgreSQL/'), $(date +%Y-%m-%d)${CPU:+, CPU times}

		| query | strategy | query, ms | view, ms | RF1 + RF2, ms | with view | touches, ms | with view | ratio |
		|---|---|---|---|---|---|---|---|---|
	EOT
	[ ${#LINES[@]} = 0 ] || printf '%s\n' "${LINES[@]}"
	cat <<-EOT

		Medians. With view: what this view alone adds. RF1 + RF2: $(run_sql -c \
			'SELECT greatest(1, round(sf * 1500)) FROM tpch.scale') orders added, as many deleted, in
		two transactions; touches: ${#TOUCHES[@]} transactions that change some rows of each table.
		Ratio: what one refresh function adds, to the time of the query.

	EOT
fi
run_sql -c "SELECT format('%s: %s', name, refusal) FROM tpch.query WHERE refusal IS NOT NULL ORDER BY name"
run_sql -F ' ' -c "SELECT count(*) FILTER (WHERE to_regclass(name) IS NOT NULL AND strpos('$WRONG', ' ' || name || ' ') = 0)
			|| ' exact, ' || count(*) FILTER (WHERE refusal IS NOT NULL) || ' refused, '
			|| count(*) FILTER (WHERE strpos('$WRONG', ' ' || name || ' ') > 0) || ' wrong'
	FROM tpch.query"
[ "$WRONG" = " " ] && [ $FAILURES = 0 ]

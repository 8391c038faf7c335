# measure.sh - interleaved measurements; sourced by bench.sh
#
# Arms are compared within rounds.  In a round of concurrent writers each arm
# has a pgbench of its own, connected and warm, and they take turns by SIGSTOP
# and SIGCONT, a fraction of a second each: what else happens on the machine
# hits all arms alike.  A writing transaction takes one transaction id, so the
# ids used up in a turn are its transactions.  The ratio of an arm is that to
# the first arm in the same round; medians of ratios are reported.
#
# A measurement leaves RATIOS[arm], one ratio per round, and BASE, the first
# arm's value per round (transactions per second, or milliseconds).

declare -A RATIOS LOAD LAUNCHED PROCESSES
BASE= LAUNCHES=0

# One psql session answers the small questions; see ask().
control_open()
{
	coproc CONTROL { exec "$IVM_BIN/psql" -X -q -A -t 2>>"$IVM_TMP/control.log"; }
	ask "SET application_name = 'control'; SELECT 1" >/dev/null
}

# ask QUERY: the one row that it returns
ask()
{
	local answer
	echo "$1;" >&"${CONTROL[1]}"
	read -r answer <&"${CONTROL[0]}" || ivm_die "lost the server: $(tail -n 3 "$IVM_TMP/control.log")"
	echo "$answer"
}

run_sql() { "$IVM_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

now() { echo "${EPOCHREALTIME/[^0-9]/}"; }

# Arms in the order of their turns in a round: each begins as often.
rotated()
{
	local i n=$#
	for ((i = 0; i < n; i++)); do
		local j=$(((ROUND + i) % n + 1))
		echo "${!j}"
	done
}

median() { tr ' ' '\n' | grep . | sort -g | awk '{ v[NR] = $1 } END {
	if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# remember ARM VALUE...: value of each arm in this round
remember()
{
	local first=$2
	BASE+="$first "
	while [ $# -gt 0 ]; do
		RATIOS[$1]+="$(awk -v a="$2" -v b="$first" 'BEGIN { printf "%.4f", a / b }') "
		shift 2
	done
}

forget()
{
	local arm
	BASE=
	for arm in "${!RATIOS[@]}" "$@"; do RATIOS[$arm]=; done
}

# ---------------------------------------------------------------------------
# Loads that take turns
# ---------------------------------------------------------------------------

# load_start ARM CLIENTS SCRIPT: connected, warmed up and stopped
load_start()
{
	local arm=$1 clients=$2 script=$3 threads name=load_$1_$((++LAUNCHES))

	threads=$((clients < CORES ? clients : CORES))
	LAUNCHED[$arm]=$(now)
	PGAPPNAME=$name PGOPTIONS="-c search_path=bench_$arm" \
		"$IVM_BIN/pgbench" -n -M prepared -c "$clients" -j "$threads" -T 86400 \
		${PGBENCH_OPTIONS:-} -f "$script" postgres >"$IVM_TMP/load_$arm.log" 2>&1 &
	LOAD[$arm]=$!
	until [ "$(ask "SELECT count(*) = $clients FROM pg_stat_activity
					WHERE application_name = '$name'")" = t ]; do
		kill -0 "${LOAD[$arm]}" 2>/dev/null || load_failed "$arm"
		sleep 0.02
	done
	PROCESSES[$arm]="$(ask "SELECT string_agg(format('/proc/%s/schedstat', pid), ' ')
		FROM pg_stat_activity WHERE application_name = '$name'")"
	PROCESSES[$arm]+=" $(echo "/proc/${LOAD[$arm]}"/task/*/schedstat)"
	sleep "$WARMUP"
	kill -STOP "${LOAD[$arm]}"
}

load_failed() { cat "$IVM_TMP/load_$1.log" >&2; ivm_die "pgbench failed"; }

# Ends a load; COUNT is the number of transactions in all, CONNECTING how many
# microseconds it took before the first.
load_end()
{
	# the signal that ends a run of given duration, ahead of time
	kill -CONT "${LOAD[$1]}"
	kill -ALRM "${LOAD[$1]}"
	wait "${LOAD[$1]}" || load_failed "$1"
	unset "LOAD[$1]"
	! grep -q 'ERROR\|aborted' "$IVM_TMP/load_$1.log" || load_failed "$1"
	COUNT=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' \
		"$IVM_TMP/load_$1.log")
	CONNECTING=$(sed -n 's/^initial connection time = \([0-9.]*\) ms.*/\1/p' \
		"$IVM_TMP/load_$1.log" | awk '{ printf "%d", $1 * 1000 }')
}

loads_kill()
{
	local pid
	for pid in "${LOAD[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
}

# Waits until no client is served any more.
settle()
{
	local tries=0
	until [ "$(ask "SELECT count(*) FROM pg_stat_activity
					WHERE application_name LIKE 'load\_%' AND state = 'active'")" = 0 ] ||
		[ $((++tries)) -gt 200 ]; do
		sleep 0.005
	done
}

# mark ARM: XID is the next transaction id when it was TIME, in microseconds;
# with CPU_TIME set, time that the arm's clients and servers spent computing
mark()
{
	local file ns rest

	IFS='|' read -r XID TIME <<<"$(ask "SELECT pg_snapshot_xmax(pg_current_snapshot()),
		(extract(epoch FROM clock_timestamp()) * 1e6)::bigint")"
	[ -n "$CPU_TIME" ] || return 0
	TIME=0
	for file in ${PROCESSES[$1]}; do
		read -r ns rest <"$file"
		TIME=$((TIME + ns / 1000))
	done
}

# measure_writers RESET CLIENTS ARM... : transactions per second of the loads
# $IVM_TMP/ARM.load, each of which writes; RESET is run before each round.
# With --cpu it is transactions per second and processor.
measure_writers()
{
	local reset=$1 clients=$2 arm slice start xid values CPU_TIME=
	local -A count time
	shift 2
	# where the disk or locks are waited for, time on the processor says little
	[ "$clients" != 8 ] || CPU_TIME=$CPU

	forget "$@"
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		$reset
		ask 'CHECKPOINT; SELECT 1' >/dev/null
		for arm in $(rotated "$@"); do
			load_start "$arm" "$clients" "$IVM_TMP/$arm.load"
			count[$arm]=0 time[$arm]=0
		done
		for ((slice = 0; slice < SLICES; slice++)); do
			for arm in $(rotated "$@"); do
				kill -CONT "${LOAD[$arm]}"
				sleep 0.03
				mark "$arm"
				xid=$XID start=$TIME
				sleep "$SLICE"
				mark "$arm"
				kill -STOP "${LOAD[$arm]}"
				count[$arm]=$((count[$arm] + XID - xid))
				time[$arm]=$((time[$arm] + TIME - start))
				settle
			done
		done
		values=()
		for arm in "$@"; do
			load_end "$arm"
			values+=("$arm" "$(awk -v n="${count[$arm]}" -v t="${time[$arm]}" \
				'BEGIN { printf "%.1f", n * 1e6 / t }')")
		done
		remember "${values[@]}"
		ivm_say "    round $((ROUND + 1)): ${values[*]} tps"
	done
}

# measure_readers ARM... : milliseconds per transaction of the loads
# $IVM_TMP/ARM.load with one client each
measure_readers()
{
	local arm slice start values t CPU_TIME=$CPU
	local -A time

	forget "$@"
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		for arm in $(rotated "$@"); do
			load_start "$arm" 1 "$IVM_TMP/$arm.load"
			time[$arm]=$(($(now) - LAUNCHED[$arm]))
		done
		for ((slice = 0; slice < 2 * SLICES; slice++)); do
			for arm in $(rotated "$@"); do
				start=$(now)
				kill -CONT "${LOAD[$arm]}"
				sleep "$READ_SLICE"
				kill -STOP "${LOAD[$arm]}"
				time[$arm]=$((time[$arm] + $(now) - start))
			done
		done
		values=()
		for arm in "$@"; do
			mark "$arm"
			load_end "$arm"
			t=$((time[$arm] - CONNECTING))
			[ -z "$CPU_TIME" ] || t=$TIME
			values+=("$arm" "$(awk -v n="$COUNT" -v t="$t" \
				'BEGIN { printf "%.5f", t / 1000 / n }')")
		done
		remember "${values[@]}"
		ivm_say "    round $((ROUND + 1)): ${values[*]} ms"
	done
}

# ---------------------------------------------------------------------------
# Single statements
# ---------------------------------------------------------------------------

# script ARM STATEMENT: what psql is to do; see run_timed.  The library is loaded, as in
# all sessions but new ones without preloading (PRELOAD=' ').
script()
{
	local spent=
	[ -z "$CPU" ] || spent='\! cat /proc/$BACKEND/schedstat'
	cat <<-EOT
		${PRELOAD:-LOAD 'ivm'};
		SET search_path = bench_$1;
		SELECT pg_backend_pid() AS pid \gset
		\setenv BACKEND :pid
		$spent
		\timing on
		$2;
		\timing off
		$spent
	EOT
}

# Runs scripts in one session; milliseconds of each statement, commit included,
# or with --cpu those that the server's process spent computing.
run_timed()
{
	run_sql -f - | awk -v cpu="$CPU" '
		cpu == "" && $1 == "Time:" { print $2 }
		/^[0-9]+ [0-9]+ [0-9]+$/ { if (++n % 2 == 0) print ($1 - before) / 1e6; before = $1 }'
}

# measure_statement RESET REPEATS STATEMENT ARM... : milliseconds; {lo} and
# {hi} stand for a range of STEP ids that moves on from repeat to repeat
measure_statement()
{
	local reset=$1 repeats=$2 statement=$3 arm i text t values
	local -A time
	shift 3

	forget "$@"
	for ((ROUND = 0; ROUND < ROUNDS + 2; ROUND++)); do
		$reset
		ask 'CHECKPOINT; SELECT 1' >/dev/null
		for arm in "$@"; do time[$arm]=0; done
		for ((i = 0; i < repeats; i++)); do
			text=${statement//\{lo\}/$((i * STEP + 1))}
			text=${text//\{hi\}/$(((i + 1) * STEP))}
			for arm in $(rotated "$@"); do
				t=$(script "$arm" "$text" | run_timed)
				[ -n "$t" ] || ivm_die "failed in arm $arm: $text"
				time[$arm]=$(awk -v a="${time[$arm]}" -v b="$t" 'BEGIN { print a + b }')
			done
		done
		values=()
		for arm in "$@"; do
			values+=("$arm" "$(awk -v t="${time[$arm]}" -v n="$repeats" \
				'BEGIN { printf "%.2f", t / n }')")
		done
		remember "${values[@]}"
		ivm_say "    round $((ROUND + 1)): ${values[*]} ms"
	done
}

# measure_query REPEATS QUERY ARM... : milliseconds, median of the repeats; all
# arms in one session, by turns, the first of each not counted
measure_query()
{
	local repeats=$1 query=$2 arm i n values
	shift 2

	forget "$@"
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		for ((i = 0; i <= repeats; i++)); do
			for arm in "$@"; do
				script "$arm" "$query"
			done
		done | run_timed >"$IVM_TMP/times"
		[ "$(wc -l <"$IVM_TMP/times")" = $(((repeats + 1) * $#)) ] || ivm_die "failed: $query"
		values=() n=0
		for arm in "$@"; do
			n=$((n + 1))
			values+=("$arm" "$(awk -v arms=$# -v n=$n 'NR > arms && (NR - n) % arms == 0' \
				"$IVM_TMP/times" | median)")
		done
		remember "${values[@]}"
		ivm_say "    round $((ROUND + 1)): ${values[*]} ms"
	done
}

# append.sh - rows of the benchmark's table about append views, and about windows of
# time; sourced by bench.sh
#
# What one session does is measured by the clock and by the time that its server's process
# spent computing, both in one run: the second is what a busy machine distorts least.

APPEND_READY=
append_prepare()
{
	[ -z "$APPEND_READY" ] || return 0
	APPEND_READY=yes
	run_sql -f "$BENCH/append.sql" -c 'CALL bench.create_clicks()' >/dev/null ||
		ivm_die "set-up failed"
}

# ---------------------------------------------------------------------------
# Writers
# ---------------------------------------------------------------------------

reset_clicks()
{
	local ARMS=(plain again ivm)
	reset clicks "$FILL"
	run_sql -c "SELECT ivm.refresh('bench_ivm.daily_clicks')" >/dev/null || ivm_die "refresh failed"
}

# spread LIST: how far from 1 the ratios of two arms that are alike are at most
spread()
{
	tr ' ' '\n' <<<"$1" | awk 'NF { d = $1 < 1 ? 1 - $1 : $1 - 1; if (d > m) m = d } END { printf "%.3f", m }'
}

# verdict MEASURED TARGET
verdict() { awk -v m="$1" -v t="$2" 'BEGIN { print m <= t ? "met" : "missed" }'; }

# How many mappings of the library a process has that writes the table of an append view: 0, since nothing leads there
loaded_by_writer()
{
	run_sql -f - <<-'EOT'
		SET search_path = bench_ivm;
		SELECT pg_backend_pid() AS pid \gset
		\setenv BACKEND :pid
		INSERT INTO clicks (created_at, customer_id, product_id, region, status, quantity, amount)
		VALUES (now(), 1, 1, 1, 'new', 1, 1);
		\! grep -c '/ivm\.so' /proc/$BACKEND/maps
	EOT
}

row_append_insert()
{
	local ARMS=(plain again ivm) alike less
	append_prepare
	[ "$(loaded_by_writer)" = 0 ] || ivm_die "the library is loaded by those who write the table of an append view"
	load_insert 'random(0, 89)' clicks
	measure_writers reset_clicks 8 plain again ivm
	run_sql -c "SELECT ivm.refresh('bench_ivm.daily_clicks')" >/dev/null || ivm_die "refresh failed"
	check clicks
	alike=$(spread "${RATIOS[again]}")
	less=$(median <<<"${RATIOS[ivm]}" | awk '{ print 1 - $1 }')
	report_line "| single-row INSERT, 8 clients, fsync off, an append view; two tables without a view: $(show_ratios "${RATIOS[again]}") | 1.00, as near as two tables without a view are | $(median <<<"$BASE" | awk '{ printf "%.0f", $1 }') tps | $(show_ratios "${RATIOS[ivm]}") | – | $(verdict "$less" "$alike") |"
}

reset_visits()
{
	local arm
	for arm in whole again window; do
		run_sql -c "CALL bench.fill_visits('bench_$arm', $FILL)" \
			-c "VACUUM (ANALYZE) bench_$arm.visits" || ivm_die "reset failed"
	done
	vacuum_storage
}

WINDOW="WHERE at > now() - interval ''90 days''"

check_visits()
{
	local arm wrong
	for arm in "$@"; do
		wrong=$(run_sql -c "SELECT count(*) FROM ivm.verify_view('bench_$arm.daily_visits')") ||
			ivm_die "check failed"
		[ "$wrong" = 0 ] || ivm_die "wrong: $wrong rows of bench_$arm.daily_visits differ"
	done
}

drop_visits()
{
	local arm
	for arm in "$@"; do
		run_sql -c "SELECT ivm.drop_view('bench_$arm.daily_visits', true)" \
			-c "DROP TABLE bench_$arm.visits" >/dev/null 2>&1 || ivm_die "tables could not be dropped"
	done
}

row_window_insert()
{
	append_prepare
	run_sql -c "CALL bench.create_visits('bench_whole', '')" -c "CALL bench.create_visits('bench_again', '')" \
		-c "CALL bench.create_visits('bench_window', '$WINDOW')" >/dev/null 2>>"$IVM_TMP/notices" ||
		ivm_die "set-up failed"
	load whole again window <<-SQL
		\\set s random(0, 7776000)
		\\set a random(1, 100000)
		INSERT INTO visits (at, account, bytes) VALUES (now() - :s * interval '1 second', :a % 1000, :a)
	SQL
	measure_writers reset_visits 8 whole again window
	check_visits whole again window
	drop_visits whole again window
	report_line "| single-row INSERT, 8 clients, fsync off, a view of 90 days, against the same without the window; two tables with that: $(show_ratios "${RATIOS[again]}") | ≥ 0.97 | $(median <<<"$BASE" | awk '{ printf "%.0f", $1 }') tps | $(show_ratios "${RATIOS[window]}") | – | $(verdict 0.97 "$(median <<<"${RATIOS[window]}")") |"
}

# ---------------------------------------------------------------------------
# What one session does
# ---------------------------------------------------------------------------

# clocked STATEMENT: what psql is to do to have it measured both ways
clocked() { CPU=both script append "$1"; }

# run_clocked: as run_timed, but by the clock and by computing time, a line for each statement
run_clocked()
{
	run_sql -f - | awk '
		$1 == "Time:" { ms = $2 }
		/^[0-9]+ [0-9]+ [0-9]+$/ { if (++n % 2 == 0) print ms, ($1 - before) / 1e6; before = $1 }'
}

WALL=() WORK=() WALL_BASE=() WORK_BASE=()
clock_reset() { WALL=() WORK=() WALL_BASE=() WORK_BASE=(); }

# clock_round MEASURED BASE: files of such lines, of which the medians are compared
clock_round()
{
	local wall work wall_base work_base
	[ -s "$1" ] && [ -s "$2" ] || ivm_die "statements failed: $(tail -n 3 "$IVM_TMP/notices")"
	wall=$(awk '{ print $1 }' "$1" | median)
	work=$(awk '{ print $2 }' "$1" | median)
	wall_base=$(awk '{ print $1 }' "$2" | median)
	work_base=$(awk '{ print $2 }' "$2" | median)
	WALL+=("$(awk -v a="$wall" -v b="$wall_base" 'BEGIN { printf "%.4f", a / b }')")
	WORK+=("$(awk -v a="$work" -v b="$work_base" 'BEGIN { printf "%.4f", a / b }')")
	WALL_BASE+=("$wall_base") WORK_BASE+=("$work_base")
	ivm_say "    round $((ROUND + 1)): $wall ms, computing $work, against $wall_base, computing $work_base: ${WALL[-1]}, ${WORK[-1]}"
}

# clock_report TITLE TARGET: judged by computing time
clock_report()
{
	report_line "| $1 | ≤ $2 | $(median <<<"${WALL_BASE[*]}" | awk '{ printf $1 < 10 ? "%.2f" : "%.0f", $1 }') ms | $(show_ratios "${WALL[*]}"); by CPU time $(show_ratios "${WORK[*]}") | – | $(verdict "$(median <<<"${WORK[*]}")" "$2") |"
}

READINGS_READY=
# A table of READINGS rows, made in parts so that little WAL is kept, and its views
readings_prepare()
{
	local n part=500000
	append_prepare
	[ -z "$READINGS_READY" ] || return 0
	READINGS_READY=yes
	for ((n = 0; n < READINGS; n += part)); do
		run_sql -c "CALL bench.read_more($((READINGS - n < part ? READINGS - n : part)))" -c CHECKPOINT ||
			ivm_die "set-up failed"
	done
	run_sql -c 'VACUUM ANALYZE bench_append.readings' \
		-c "SELECT ivm.create_view('bench_append.hourly', bench.readings_query(false), 'append', options => '{\"watermark\": \"id\"}')" \
		-c "SELECT ivm.create_view('bench_append.hourly_by_account', bench.readings_query(true), 'append', options => '{\"watermark\": \"id\"}')" \
		>/dev/null || ivm_die "set-up failed"
	vacuum_storage
}

# check_readings VIEW BY_ACCOUNT: refreshed, it is what its query gives
check_readings()
{
	local wrong
	wrong=$(run_sql -f - <<-SQL
		SELECT ivm.refresh('bench_append.$1') \\g /dev/null
		SELECT format('SELECT count(*) FROM ((TABLE v EXCEPT ALL (%1\$s)) UNION ALL ((%1\$s) EXCEPT ALL TABLE v)) d',
			bench.readings_query($2)) AS query \\gset
		WITH v AS MATERIALIZED (TABLE bench_append.$1) :query
	SQL
	) || ivm_die "check failed"
	[ "$wrong" = 0 ] || ivm_die "wrong: $wrong rows of $1 differ"
}

# refresh_appended VIEW BY_ACCOUNT: rounds; the refresh and the query are first in turn, and rows are
# read once before, so that neither is the one to set their hint bits
refresh_appended()
{
	local i refresh query
	clock_reset
	refresh="SELECT 1 FROM ivm.refresh('bench_append.$1')"
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		: >"$IVM_TMP/refresh"
		: >"$IVM_TMP/query"
		for i in 0 1 2 3; do
			query="SELECT count(*) FROM ($(run_sql -c "SELECT bench.readings_query($2, 'WHERE id > ' || (SELECT max(id) FROM bench_append.readings))")) q"
			{
				echo "$refresh \\g /dev/null"		# makes plans
				echo "CALL bench.read_more($APPENDED);"
				echo "$query \\g /dev/null"
				if [ $((i % 2)) = 0 ]; then clocked "$refresh"; clocked "$query"
				else clocked "$query"; clocked "$refresh"; fi
			} | run_clocked >"$IVM_TMP/clocked"
			sed -n "$((1 + i % 2))p" "$IVM_TMP/clocked" >>"$IVM_TMP/refresh"
			sed -n "$((2 - i % 2))p" "$IVM_TMP/clocked" >>"$IVM_TMP/query"
		done
		clock_round "$IVM_TMP/refresh" "$IVM_TMP/query"
	done
	check_readings "$1" "$2"
}

row_append_refresh()
{
	readings_prepare
	refresh_appended hourly false
	clock_report "refresh of an append view by hour with $(count_name "$APPENDED") new rows over $(count_name "$READINGS") rows, against the aggregation of these rows" 1.3
}

row_append_refresh_keys()
{
	readings_prepare
	refresh_appended hourly_by_account true
	clock_report "the same by hour and account, of which there are 1 k" 1.3
}

row_append_nothing()
{
	local i ms=() work=() list
	readings_prepare
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		for ((i = 0; i < 21; i++)); do
			clocked "SELECT 1 FROM ivm.refresh('bench_append.hourly')"
		done | run_clocked | tail -n +2 >"$IVM_TMP/refresh"
		[ -s "$IVM_TMP/refresh" ] || ivm_die "refreshes failed"
		ms+=("$(awk '{ print $1 }' "$IVM_TMP/refresh" | median)")
		work+=("$(awk '{ print $2 }' "$IVM_TMP/refresh" | median)")
		ivm_say "    round $((ROUND + 1)): ${ms[-1]} ms, computing ${work[-1]}"
	done
	report_line "| refresh of an append view with nothing new | ≤ 1 ms | – | $(median <<<"${ms[*]}" | awk '{ printf "%.2f", $1 }') ms, by CPU time $(median <<<"${work[*]}" | awk '{ printf "%.2f", $1 }') ms | – | $(verdict "$(median <<<"${ms[*]}")" 1) |"
}

row_window_read()
{
	local i query
	append_prepare
	run_sql -c "CALL bench.create_visits('bench_append', NULL)" -c "CALL bench.fill_visits('bench_append', $VISITS)" \
		-c "SELECT ivm.create_view('bench_append.daily_visits', bench.visits_query('bench_append', '$WINDOW'))" \
		-c 'VACUUM ANALYZE bench_append.visits' -c CHECKPOINT >/dev/null 2>>"$IVM_TMP/notices" || ivm_die "set-up failed"
	vacuum_storage
	query="$(run_sql -c "SELECT bench.visits_query('bench_append', '$WINDOW')")"
	clock_reset
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		for ((i = 0; i < 6; i++)); do
			echo "INSERT INTO bench_append.visits (at, account, bytes) VALUES (now(), 1, 1);"
			clocked 'SELECT count(day), sum(n), sum(total) FROM daily_visits'
			clocked "SELECT count(day), sum(n), sum(total) FROM ($query) q"
		done | run_clocked >"$IVM_TMP/clocked"
		awk 'NR > 2 && NR % 2 == 1' "$IVM_TMP/clocked" >"$IVM_TMP/view"
		awk 'NR > 2 && NR % 2 == 0' "$IVM_TMP/clocked" >"$IVM_TMP/query"
		clock_round "$IVM_TMP/view" "$IVM_TMP/query"
	done
	check_visits append
	drop_visits append
	RATIO_FORMAT=%.4f
	clock_report "read of a view of 90 days by day over $(count_name "$VISITS") rows, after an INSERT, against its query" 0.02
	RATIO_FORMAT=%.2f
}

# A first fill in one transaction, and in batches
row_append_fill()
{
	local create ROUNDS=$ROUNDS
	readings_prepare
	clock_reset
	create="SELECT 1 FROM ivm.create_view('filled', bench.readings_query(true), 'append'"
	[ -n "$QUICK" ] || ROUNDS=3
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		clocked "$create, with_data => true, options => '{\"watermark\": \"id\"}')" | run_clocked >"$IVM_TMP/whole"
		run_sql -c "SELECT ivm.drop_view('bench_append.filled')" >/dev/null
		{
			echo 'SET search_path = bench_append;'
			echo "$create, with_data => false, options => '{\"watermark\": \"id\", \"batch_rows\": 1000000}') \\g /dev/null"
			clocked "CALL ivm.refresh_all('bench_append.filled')"
		} | run_clocked >"$IVM_TMP/batches"
		[ "$(run_sql -c "SELECT status FROM ivm.views WHERE viewname = 'filled'")" = ready ] ||
			ivm_die "the view was not filled"
		clock_round "$IVM_TMP/batches" "$IVM_TMP/whole"
		[ $ROUND -gt 0 ] || check_readings filled true
		run_sql -c "SELECT ivm.drop_view('bench_append.filled')" >/dev/null
	done
	report_line "| first fill of an append view from $(count_name "$READINGS") rows in batches of 1 M, against one transaction | – | $(median <<<"${WALL_BASE[*]}" | awk '{ printf "%.2f", $1 / 1000 }') s | $(show_ratios "${WALL[*]}"); by CPU time $(show_ratios "${WORK[*]}") | – | |"
}

# memory_of_session STATEMENT: what a server process took at most, shared buffers not counted, in kB
memory_of_session()
{
	{
		echo 'SET search_path = bench_append;'
		echo 'SELECT pg_backend_pid() AS pid \gset'
		echo '\setenv BACKEND :pid'
		echo "SET maintenance_work_mem = '64MB';"
		echo "$1 \\g /dev/null"
		echo '\! cat /proc/$BACKEND/status'
	} | run_sql -f - | awk '$1 == "VmHWM:" { peak = $2 } $1 == "RssShmem:" { shared = $2 } END { print peak - shared }'
}

row_append_memory()
{
	local size none few many
	append_prepare
	run_sql -c "SELECT ivm.create_view('bench_append.by_key', 'SELECT k, count(*) AS n, sum(amount) AS total
		FROM bench_append.keys GROUP BY 1', 'append', options => '{\"watermark\": \"id\"}')" >/dev/null ||
		ivm_die "set-up failed"
	none=$(memory_of_session "SELECT ivm.refresh('by_key')")
	for size in $((KEYS / 10)) "$KEYS"; do
		run_sql -c "INSERT INTO bench_append.keys (k, amount)
			SELECT (SELECT coalesce(max(k), 0) FROM bench_append.keys) + n, 1 FROM generate_series(1, $size) n"
		few=${many:-}
		many=$(memory_of_session "SELECT ivm.refresh('by_key')")
		ivm_say "    $(count_name "$size") keys: $many kB, none: $none kB"
	done
	[ "$(run_sql -c 'SELECT count(*) FROM ((TABLE bench_append.by_key EXCEPT ALL SELECT k, 1, 1 FROM bench_append.keys) UNION ALL
		(SELECT k, 1, 1 FROM bench_append.keys EXCEPT ALL TABLE bench_append.by_key)) d')" = 0 ] || ivm_die "wrong: by_key"
	run_sql -c "SELECT ivm.drop_view('bench_append.by_key')" -c 'TRUNCATE bench_append.keys' -c CHECKPOINT >/dev/null
	# a quarter for what is not the change itself
	report_line "| memory of a refresh that takes in $(count_name "$KEYS") keys, \`maintenance_work_mem\` 64 MB | bounded by it | $((none / 1024)) MB, nothing new | $((many / 1024)) MB; $(count_name $((KEYS / 10))) keys: $((few / 1024)) MB | – | $(verdict $((many - none)) $((65536 * 5 / 4))) |"
}

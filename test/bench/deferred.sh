# deferred.sh - rows of the benchmark's table about deferred views; sourced by
# bench.sh

LATER= LATER_READY=

# later BASE: the table whose resets and checks are meant
later()
{
	LATER=$1
	[ -z "$LATER_READY" ] || return 0
	LATER_READY=yes
	run_sql -f "$BENCH/deferred.sql" -c "CALL bench.create_later('later')" \
		-c "CALL bench.create_later('later5')" >/dev/null || ivm_die "set-up failed"
}

reset_later()
{
	local ARMS=(plain ivm)
	reset "$LATER" "$FILL"
	run_sql -c "CALL bench.refresh('$LATER')" || ivm_die "refresh failed"
	vacuum_storage
}

check_later()
{
	run_sql -c "CALL bench.refresh('$LATER')" || ivm_die "refresh failed"
	check "$LATER"
}

# ---------------------------------------------------------------------------
# Writers
# ---------------------------------------------------------------------------

# later_insert BASE CLIENTS TITLE TARGET
later_insert()
{
	local ARMS=(plain ivm)
	later "$1"
	load_insert 'random(0, 89)' "$1"
	[ "$2" = 8 ] || sync_on on
	measure_writers reset_later "$2" plain ivm
	[ "$2" = 8 ] || sync_on off
	check_later
	report "$3" "$4" tps
}

row_deferred_insert() { later_insert later 8 'single-row INSERT, 8 clients, fsync off, a deferred view' '≥ 0.88'; }
row_deferred_five() { later_insert later5 8 'the same, five deferred views on the table' '≥ 0.85'; }
row_deferred_insert_sync() { later_insert later 32 'the same, one view, 32 clients, fsync and synchronous_commit on' '≥ 0.95'; }

row_deferred_join()
{
	shape by_country_later "$FILL" 10000 plain ivm
	load_facts </dev/null
	measure_writers reset_shape 8 plain ivm
	run_sql -c "SELECT ivm.refresh('bench_ivm.by_country_later')" >/dev/null || ivm_die "refresh failed"
	check_shape
	report 'single-row INSERT into facts, a deferred view of facts JOIN customers, 8 clients, fsync off' '≥ 0.88' tps
}

row_deferred_bulk_insert()
{
	later later
	measure_statement reset_later 1 "INSERT INTO later ($COLUMNS_FILLED)
		SELECT $COLUMNS_FILLED FROM bench.source" plain ivm
	check_later
	report "one INSERT of $(count_name "$BULK") rows, a deferred view" '≤ 1.25' ms
}

row_deferred_bulk_copy()
{
	later later
	run_sql -c "COPY (SELECT $COLUMNS_FILLED FROM bench.source) TO '$IVM_TMP/orders.copy'"
	measure_statement reset_later 1 \
		"COPY later ($COLUMNS_FILLED) FROM '$IVM_TMP/orders.copy'" plain ivm
	rm -f "$IVM_TMP/orders.copy"
	check_later
	report "one COPY of $(count_name "$BULK") rows, a deferred view" '≤ 1.25' ms
}

# A refresh that always has the same to do runs all the time, over the table of the
# second arm, while the writers of both take turns.
row_deferred_refresh_writers()
{
	local ARMS=(plain ivm) pid waits
	later later
	load_insert 'random(0, 89)' later
	run_sql -c "ALTER SYSTEM SET log_lock_waits = on" -c "ALTER SYSTEM SET deadlock_timeout = '2ms'" \
		-c 'SELECT pg_reload_conf()' >/dev/null
	waits=$(count_lock_waits)
	measure_writers reset_and_refresh 8 plain ivm
	refresher_stop
	waits=$(($(count_lock_waits) - waits))
	run_sql -c 'ALTER SYSTEM RESET log_lock_waits' -c 'ALTER SYSTEM RESET deadlock_timeout' \
		-c 'SELECT pg_reload_conf()' >/dev/null
	check_later
	report "single-row INSERT while the deferred view is refreshed all the time, 8 clients ($waits lock waits)" '≥ 0.90' tps
}

# Waits for locks; those for the end of a table, to make it longer, are everybody's.
count_lock_waits()
{
	grep 'still waiting for' "$IVM_TMP/bench.log" | grep -vc 'on extension of relation'
}

REFRESHER=
refresher_stop()
{
	[ -n "$REFRESHER" ] || return 0
	kill "$REFRESHER" 2>/dev/null
	wait "$REFRESHER" 2>/dev/null
	REFRESHER=
}

reset_and_refresh()
{
	refresher_stop
	reset_later
	echo "SELECT ivm.refresh('bench_ivm.daily_later', 'recompute')" >"$IVM_TMP/refresher.load"
	"$IVM_BIN/pgbench" -n -c 1 -T 86400 -f "$IVM_TMP/refresher.load" postgres \
		>"$IVM_TMP/refresher.log" 2>&1 &
	REFRESHER=$!
}

# ---------------------------------------------------------------------------
# Refreshes
# ---------------------------------------------------------------------------

TURN=0

# refresh_times SHARE: milliseconds of the refreshes of the view over one table and of the
# join, by the way chosen and by what has changed, and of the materialized views, in that order
refresh_times()
{
	local view
	TURN=$((TURN + 1))
	{
		echo 'SET search_path = bench_refresh;'
		for view in auto_table auto_join delta_table delta_join; do
			echo "SELECT ivm.refresh('$view') \\g /dev/null"	# makes plans
		done
		echo "CALL bench.change_sales($1, $TURN);"
		echo 'VACUUM sales;'
		script refresh "SELECT 1 FROM ivm.refresh('auto_table')"
		script refresh "SELECT 1 FROM ivm.refresh('auto_join')"
		script refresh "SELECT 1 FROM ivm.refresh('delta_table', 'delta')"
		script refresh "SELECT 1 FROM ivm.refresh('delta_join', 'delta')"
		script refresh 'REFRESH MATERIALIZED VIEW core_table'
		script refresh 'REFRESH MATERIALIZED VIEW core_join'
	} | run_timed | tr '\n' ' '
}

# refresh_share SHARE TARGET: rounds of one share of changed rows; TARGET empty: a point of the
# curve alone
refresh_share()
{
	local share=$1 target=$2 at aj dt dj mt mj how line

	forget
	line=$(awk -v share="$share" 'BEGIN { printf "%s,", share * 100 }')
	: >"$IVM_TMP/refreshes"
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		read -r at aj dt dj mt mj <<<"$(refresh_times "$share")"
		[ -n "${mj:-}" ] || ivm_die "refreshes failed"
		[ "$(run_sql -c 'SELECT bench.wrong_refreshed()')" = 0 ] || ivm_die "wrong after a refresh"
		echo "$at $dt $mt $aj $dj $mj" >>"$IVM_TMP/refreshes"
		ivm_say "    round $((ROUND + 1)), $share: one table $at (delta $dt, materialized view $mt), join $aj (delta $dj, materialized view $mj) ms"
		remember matview "$mt" ivm "$at"
		JOIN_RATIOS+="$(awk -v a="$aj" -v b="$mj" 'BEGIN { printf "%.4f", a / b }') "
	done
	for ((at = 1; at <= 6; at++)); do
		line+="$(awk -v c=$at '{ print $c }' "$IVM_TMP/refreshes" | median),"
	done
	echo "${line%,}" >>"$POINTS/refresh.csv"
	[ -n "$target" ] || { JOIN_RATIOS=; return 0; }
	how=$(run_sql -c "SELECT method FROM ivm.history WHERE view_name = 'bench_refresh.auto_table'
		AND operation = 'refresh' AND method <> 'nothing' ORDER BY id DESC LIMIT 1")
	report "refresh after $(awk -v s="$share" 'BEGIN { print s * 100 }') % of $(count_name "$REFRESHED") rows changed ($how), against REFRESH MATERIALIZED VIEW; a join: $(printf '%.3f' "$(median <<<"$JOIN_RATIOS")")" "$target" ms
	JOIN_RATIOS=
}
JOIN_RATIOS=

row_refresh()
{
	local share
	later later
	run_sql -c "CALL bench.create_refreshed($REFRESHED)" -c 'VACUUM ANALYZE' 2>>"$IVM_TMP/notices" ||
		ivm_die "set-up failed"
	echo 'percent,auto_table,delta_table,matview_table,auto_join,delta_join,matview_join' >"$POINTS/refresh.csv"
	RATIO_FORMAT=%.4f
	refresh_share 0.0001 '≤ 0.01'
	refresh_share 0.001 ''
	refresh_share 0.01 '≤ 0.05'
	refresh_share 0.03 ''
	refresh_share 0.1 '≤ 0.5'
	refresh_share 0.2 ''
	refresh_share 0.5 '≤ 1.2'
	refresh_share 1 ''
	RATIO_FORMAT=%.2f
	run_sql -c 'DROP MATERIALIZED VIEW bench_refresh.core_table, bench_refresh.core_join' \
		-c "SELECT ivm.drop_view('bench_refresh.' || v) FROM unnest('{auto_table,auto_join,delta_table,delta_join}'::text[]) v" \
		-c 'DROP TABLE bench_refresh.sales, bench_refresh.customers' >/dev/null
}

# A database of SCALE deferred views on SCALE / 10 tables, each of a few rows
LATER_SCALE_READY=
scale_later_prepare()
{
	[ -z "$LATER_SCALE_READY" ] || return 0
	LATER_SCALE_READY=yes
	run_sql -c 'CREATE DATABASE scale_later' || ivm_die "set-up failed"
	PGDATABASE=scale_later run_sql -v views="$SCALE" >/dev/null <<-'EOT' || ivm_die "set-up failed"
		SET client_min_messages = warning;
		CREATE EXTENSION ivm;
		SELECT format('CREATE TABLE t%s (k integer, g integer, x integer, d date)', t)
		FROM generate_series(1, :views / 10) t \gexec
		SELECT format('INSERT INTO t%s SELECT i, i, i, date ''2026-01-01'' + i FROM generate_series(1, 100) i', t)
		FROM generate_series(1, :views / 10) t \gexec
		SELECT format('SELECT ivm.create_view(%L, %L, ''deferred'')', format('v%s_%s', t, v),
			format('SELECT g %% %s AS k, count(*) AS n, sum(x) AS total, max(d) AS last
				FROM t%s WHERE x > %s GROUP BY 1', v + 1, t, v))
		FROM generate_series(1, :views / 10) t, generate_series(1, 10) v \gexec
		VACUUM ANALYZE;
	EOT
}

# refresh_all_times CHANGES: milliseconds of two refreshes of all views in a new session, each
# after changes if that is not empty
refresh_all_times()
{
	{
		[ -z "$1" ] || echo "\\! $IVM_TMP/change"
		PRELOAD=' ' script plain 'CALL ivm.refresh_all()'
		[ -z "$1" ] || echo "\\! $IVM_TMP/change"
		PRELOAD=' ' script plain 'CALL ivm.refresh_all()'
	} | PGDATABASE=scale_later run_timed | tr '\n' ' '
}

row_refresh_nothing()
{
	local first=() later=() a b
	scale_later_prepare
	refresh_all_times '' >/dev/null
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		read -r a b <<<"$(refresh_all_times '')"
		[ -n "${b:-}" ] || ivm_die "refreshes failed"
		first+=("$a") later+=("$b")
	done
	report_line "$(awk -v first="$(median <<<"${first[*]}")" -v later="$(median <<<"${later[*]}")" \
		-v n="$SCALE" -v views="$(count_name "$SCALE")" 'BEGIN {
		printf "| refresh with nothing changed, %s views in the database | ≤ 2 ms each | – | %.2f ms; the first in a session %.2f ms | – | %s |",
			views, later / n, first / n, (first / n <= 2 ? "met" : later / n <= 2 ? "met, not at first" : "missed") }')"
}

row_refresh_all()
{
	local first=() later=() a b
	scale_later_prepare
	{
		echo "#!/bin/bash"
		echo "for ((t = 1; t <= $((SCALE / 10)); t++)); do echo \"INSERT INTO t\$t SELECT i, i, i, now() FROM generate_series(1, 10) i;\"; done |"
		echo "\"$IVM_BIN/psql\" -X -q scale_later"
	} >"$IVM_TMP/change"
	chmod +x "$IVM_TMP/change"
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		read -r a b <<<"$(refresh_all_times yes)"
		[ -n "${b:-}" ] || ivm_die "refreshes failed"
		first+=("$a") later+=("$b")
		ivm_say "    round $((ROUND + 1)): $a, then $b ms"
	done
	[ "$(PGDATABASE=scale_later run_sql -c "SELECT count(*) FROM v1_1 v FULL JOIN (SELECT g % 2 AS k, count(*) AS n FROM t1 WHERE x > 1 GROUP BY 1) d USING (k, n) WHERE v.n IS NULL OR d.n IS NULL")" = 0 ] ||
		ivm_die "wrong after refresh_all"
	report_line "$(awk -v first="$(median <<<"${first[*]}")" -v later="$(median <<<"${later[*]}")" \
		-v n="$SCALE" -v views="$(count_name "$SCALE")" 'BEGIN {
		a = n * 1000 / first
		b = n * 1000 / later
		printf "| refresh_all of %s small views with changes | ≥ 200 views a second | – | %.0f a second; the first in a session %.0f | – | %s |",
			views, b, a, (a >= 200 ? "met" : b >= 200 ? "met, not at first" : "missed") }')"
}

row_fresh_read()
{
	local ms
	later later
	run_sql -c "CALL bench.create_fresh($GROUPS_READ)" \
		-c 'VACUUM (ANALYZE) bench_ivm.fees, bench_plain.fees_later' || ivm_die "set-up failed"
	vacuum_storage
	run_sql -c "SELECT ivm.refresh('bench_ivm.fees_later')" \
		-c "INSERT INTO bench_ivm.fees SELECT n * $((GROUPS_READ / 1000)), 1 FROM generate_series(1, 1000) n" \
		-c "UPDATE bench_plain.fees_later SET total = total + 1, n = n + 1 WHERE k % $((GROUPS_READ / 1000)) = 0" \
		-c 'VACUUM (ANALYZE) bench_plain.fees_later' >/dev/null || ivm_die "set-up failed"
	[ "$(run_sql -c 'SELECT count(*) FROM (SELECT * FROM bench_ivm.fees_later EXCEPT SELECT * FROM bench_plain.fees_later) d')" = 0 ] ||
		ivm_die "wrong: fresh reads"
	load plain ivm <<-SQL
		\\set k random(1, $GROUPS_READ)
		SELECT * FROM fees_later WHERE k = :k
	SQL
	measure_readers plain ivm
	ms=$(paste -d ' ' <(tr ' ' '\n' <<<"$BASE" | grep .) <(tr ' ' '\n' <<<"${RATIOS[ivm]}" | grep .) |
		awk '{ printf "%.3f ", $1 * $2 }' | median)
	report_line "| fresh read (max_staleness 0) by key, $(count_name "$GROUPS_READ") groups, 1,000 logged rows | ≤ 2 ms | $(printf '%.3f' "$(median <<<"$BASE")") ms | $ms ms | – | $(awk -v ms="$ms" 'BEGIN { print ms <= 2 ? "met" : "missed" }') |"
	run_sql -c "SELECT ivm.drop_view('bench_ivm.fees_later')" \
		-c 'DROP TABLE bench_ivm.fees, bench_plain.fees_later' >/dev/null
}

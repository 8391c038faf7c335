# online.sh - rows of the benchmark's table about views that are built while their tables
# are written; sourced by bench.sh

ONLINE_READY=
online_prepare()
{
	[ -z "$ONLINE_READY" ] || return 0
	ONLINE_READY=yes
	run_sql -f - >/dev/null <<-SQL || ivm_die "set-up failed"
		CREATE SCHEMA bench_online;
		CREATE TABLE bench_online.sales (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
			customer int NOT NULL, amount numeric(12,2) NOT NULL, at timestamptz NOT NULL DEFAULT now());
		INSERT INTO bench_online.sales (customer, amount)
			SELECT i % $((BUILT / 30)), i % 1000 FROM generate_series(1, $BUILT) i;
		CREATE INDEX ON bench_online.sales (customer);
		VACUUM ANALYZE bench_online.sales;
		CHECKPOINT;
	SQL
}

ONLINE_QUERY='SELECT customer, count(*) AS n, sum(amount) AS total FROM bench_online.sales GROUP BY customer'

# A view without rows, for ivm.rebuild()
online_view()
{
	echo "SELECT ivm.create_view('bench_online.totals', '$ONLINE_QUERY', with_data => false) \\g /dev/null"
}

check_totals()
{
	local wrong
	wrong=$(run_sql -c "SELECT count(*) FROM ivm.verify_view('bench_online.totals')") || ivm_die "check failed"
	[ "$wrong" = 0 ] || ivm_die "wrong: $wrong rows of bench_online.totals differ"
	[ "$(run_sql -c "SELECT status FROM ivm.views WHERE view = 'bench_online.totals'::regclass")" = ready ] ||
		ivm_die "bench_online.totals is not ready"
}

row_online_build()
{
	online_prepare
	clock_reset
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		{
			clocked "CREATE TABLE bench_online.copy AS $ONLINE_QUERY"
			echo "DROP TABLE bench_online.copy;"
			online_view
			clocked "CALL ivm.rebuild('bench_online.totals')"
		} | run_clocked >"$IVM_TMP/clocked"
		sed -n 1p "$IVM_TMP/clocked" >"$IVM_TMP/copy"
		sed -n 2p "$IVM_TMP/clocked" >"$IVM_TMP/build"
		clock_round "$IVM_TMP/build" "$IVM_TMP/copy"
		check_totals
		run_sql -c 'DROP VIEW bench_online.totals' -c CHECKPOINT
	done
	clock_report "ivm.rebuild() of a new view of $(count_name $((BUILT / 30))) groups over $(count_name "$BUILT") rows, against CREATE TABLE AS" 2.0
}

# sales_start ROLE STATEMENTS: 8 clients that run them, with a log of their latencies, until sales_end
sales_start()
{
	local script=$IVM_TMP/$1.sql
	{
		echo "\\set customer random(0, $((BUILT / 30 - 1)))"
		echo "\\set id random(1, $BUILT)"
		echo "$2"
		echo '\sleep 5 ms'
	} >"$script"
	rm -f "$IVM_TMP/$1".[0-9]*
	(cd "$IVM_TMP" && exec "$IVM_BIN/pgbench" -n -M prepared -c 8 -j 2 -T 86400 -l --log-prefix="$1" -f "$script") \
		>"$IVM_TMP/load_$1.log" 2>&1 &
	LOAD[$1]=$!
}

# longest ROLE: the longest latency, in ms, and how many there are
longest() { awk '$3 > m { m = $3 } END { printf "%.0f %d", m / 1000, NR }' "$IVM_TMP/$1".[0-9]*; }

# beside VIEW COMMAND...: runs it beside 8 writers of the table and 8 readers of it and of the view.  Leaves
# how long it took in TOOK, and the longest latencies in WRITE and READ; all in ms.
beside()
{
	local view=$1 start
	shift
	sales_start writers 'INSERT INTO bench_online.sales (customer, amount) VALUES (:customer, 1);'
	sales_start readers "SELECT n FROM bench_online.$view WHERE customer = :customer;
		SELECT amount FROM bench_online.sales WHERE id = :id;"
	sleep "$((BUILD_SECONDS / 5 + 1))"
	start=$(now)
	"$@" || ivm_die "failed beside writers: $* $(tail -n 3 "$IVM_TMP/notices")"
	TOOK=$((($(now) - start) / 1000))
	sleep "$((BUILD_SECONDS / 5 + 1))"
	load_end writers
	load_end readers
	read -r WRITE WRITES <<<"$(longest writers)"
	read -r READ READS <<<"$(longest readers)"
}

build_totals() { run_sql -c "CALL ivm.rebuild('bench_online.totals')" 2>>"$IVM_TMP/notices"; }

# compare_pauses VIEW PREPARE: per round, a build and as much time without one, with readers of a view.  Leaves
# MORE_WRITE, MORE_READ, WRITE_ALONE, READ_ALONE and TIMES, a word per round.
compare_pauses()
{
	local write read
	MORE_WRITE= MORE_READ= WRITE_ALONE= READ_ALONE= TIMES=
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		$2
		beside "$1" build_totals
		write=$WRITE read=$READ
		TIMES+="$TOOK "
		check_totals
		$2
		beside "$1" sleep "$(awk -v ms="$TOOK" 'BEGIN { print ms / 1000 }')"
		WRITE_ALONE+="$WRITE " READ_ALONE+="$READ "
		MORE_WRITE+="$((write - WRITE)) " MORE_READ+="$((read - READ)) "
		ivm_say "    round $((ROUND + 1)): a build in $(awk '{ print $NF }' <<<"$TIMES") ms;" \
			"the longest write took $write ms beside it, $WRITE ms alone; the longest read $read and $READ ms; $WRITES writes, $READS reads alone"
	done
}

# in_order WORDS: sorted
in_order() { tr ' ' '\n' <<<"$1" | grep . | sort -n | paste -sd ' '; }

# report_pauses WHAT TITLE BOUND MORE ALONE
report_pauses()
{
	local median
	median=$(median <<<"$4")
	report_line "| the longest $1 $2, against none | ≤ $3 ms more | $(median <<<"$5") ms | $median ms more ($(in_order "$4")) | – | $(verdict "$median" "$3") |"
}

online_new_view()
{
	run_sql -c 'DROP VIEW IF EXISTS bench_online.totals' 2>>"$IVM_TMP/notices"
	online_view | run_sql -f - 2>>"$IVM_TMP/notices" || ivm_die "set-up failed"
}

# First builds, and readers of another view of the table: of the one that is built they would run the whole query
row_online_pause()
{
	local title
	online_prepare
	run_sql -c "SELECT ivm.create_view('bench_online.ready', 'SELECT customer, count(*) AS n FROM bench_online.sales GROUP BY customer')" >/dev/null
	compare_pauses ready online_new_view
	title="of 8 writers and 8 readers, 5 ms between two transactions of each, while a view over $(count_name "$BUILT") rows is built"
	report_pauses write "$title" 100 "$MORE_WRITE" "$WRITE_ALONE"
	report_pauses read "$title" 100 "$MORE_READ" "$READ_ALONE"
	report_line "| this build beside them | it ends | – | $(median <<<"$TIMES" | awk '{ printf "%.1f", $1 / 1000 }') s ($(in_order "$TIMES") ms) | – | met |"
	run_sql -c 'DROP VIEW bench_online.totals, bench_online.ready' -c CHECKPOINT
}

# Makes a hundredth of the groups of the view wrong
online_wrong_groups()
{
	run_sql -f - >/dev/null 2>>"$IVM_TMP/notices" <<-'EOT' || ivm_die "set-up failed"
		SELECT ivm.fold('bench_online.totals');
		SELECT format('UPDATE %s SET row_count = row_count + 1 WHERE customer %% 100 = 7', state)
		FROM ivm.view WHERE view = 'bench_online.totals'::regclass \gexec
	EOT
}

# Rebuilds of a view that is read: writes and reads go on, also at the commit that shows what was wrong
row_online_live()
{
	local title corrected
	online_prepare
	online_new_view
	build_totals || ivm_die "set-up failed"
	compare_pauses totals online_wrong_groups
	corrected=$(run_sql -c "SELECT min(rows_updated) FROM (SELECT rows_updated FROM ivm.history
		WHERE view_name = 'bench_online.totals' AND operation = 'build' ORDER BY started_at DESC LIMIT $ROUNDS) r")
	[ "$corrected" -ge $((BUILT / 3000)) ] || ivm_die "a rebuild corrected $corrected groups"
	title="of 8 writers and 8 readers while a live view over $(count_name "$BUILT") rows, 1 % of its groups wrong, is rebuilt"
	report_pauses write "$title" 50 "$MORE_WRITE" "$WRITE_ALONE"
	report_pauses read "$title" 50 "$MORE_READ" "$READ_ALONE"
	build_totals
	run_sql -c 'DROP VIEW bench_online.totals' -c CHECKPOINT
}

# A view that is replaced by what it is, and by another query
row_online_replace()
{
	local call="SELECT ivm.create_view('bench_online.many', 'SELECT k, %s AS n FROM bench_online.pairs GROUP BY k', options => '{\"replace\": true}')"
	local same other written times=() others=()
	run_sql -c 'CREATE SCHEMA IF NOT EXISTS bench_online' \
		-c "CREATE TABLE bench_online.pairs AS SELECT i AS id, i % $GROUPS_READ AS k FROM generate_series(1, 2 * $GROUPS_READ) i" \
		-c 'VACUUM ANALYZE bench_online.pairs' -c "${call/\%s/count(*)}" >/dev/null 2>>"$IVM_TMP/notices" || ivm_die "set-up failed"
	written=0
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		read -r same <<<"$(echo "BEGIN; SELECT state AS before FROM ivm.view WHERE view = 'bench_online.many'::regclass \\gset
			${call/\%s/count(*)} \\g /dev/null
			SELECT CASE WHEN state = :'before'::regclass THEN n_tup_ins + n_tup_upd + n_tup_del ELSE c.reltuples END
			FROM ivm.view JOIN pg_class c ON c.oid = state JOIN pg_stat_xact_all_tables ON relid = state
			WHERE view = 'bench_online.many'::regclass; COMMIT;" | run_sql -f -)"
		written=$((written + ${same:?}))
		times+=("$({ echo '\timing on'; echo "${call/\%s/count(*)} \\g /dev/null"; } | run_sql -f - | awk '$1 == "Time:" { print $2 }')")
		others+=("$({ echo '\timing on'; echo "${call/\%s/count(id)} \\g /dev/null"; } | run_sql -f - | awk '$1 == "Time:" { print $2 }')")
		run_sql -c "${call/\%s/count(*)}" >/dev/null
		ivm_say "    round $((ROUND + 1)): $same rows written; ${times[-1]} ms, by another query ${others[-1]} ms"
	done
	report_line "| a view of $(count_name "$GROUPS_READ") groups replaced by itself: rows of its state table written | 0 | by another query: $(median <<<"${others[*]}" | awk '{ printf "%.1f", $1 / 1000 }') s | $written rows, $(median <<<"${times[*]}" | awk '{ printf "%.1f", $1 }') ms | – | $(verdict "$written" 0) |"
	run_sql -c 'DROP VIEW bench_online.many' -c 'DROP TABLE bench_online.pairs'
}

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

# longest_write: the longest latency, in ms, of 8 writers in BUILD_SECONDS
longest_write()
{
	local script=$IVM_TMP/sale.sql
	cat >"$script" <<-SQL
		\\set customer random(0, $((BUILT / 30 - 1)))
		INSERT INTO bench_online.sales (customer, amount) VALUES (:customer, 1);
	SQL
	rm -f "$IVM_TMP"/latency.*
	(cd "$IVM_TMP" && "$IVM_BIN/pgbench" -n -c 8 -j 2 -T "$BUILD_SECONDS" -l --log-prefix=latency \
		-f "$script" >"$IVM_TMP/latency.out" 2>&1) || ivm_die "writers failed: $(tail -n 3 "$IVM_TMP/latency.out")"
	awk '$3 > m { m = $3 } END { printf "%.0f", m / 1000 }' "$IVM_TMP"/latency.[0-9]*
}

# Builds one view after the other while writers are at work
row_online_pause()
{
	local alone with more=() base=() builds=0 pid
	online_prepare
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		alone=$(longest_write)
		(
			while [ ! -e "$IVM_TMP/enough" ]; do
				{ online_view; echo "CALL ivm.rebuild('bench_online.totals');"; } |
					run_sql -f - >/dev/null 2>>"$IVM_TMP/notices" || exit 1
				[ "$(run_sql -c "SELECT count(*) FROM ivm.verify_view('bench_online.totals')")" = 0 ] || exit 1
				run_sql -c 'DROP VIEW bench_online.totals' 2>>"$IVM_TMP/notices" || exit 1
				echo >>"$IVM_TMP/builds"
			done
		) &
		pid=$!
		with=$(longest_write)
		touch "$IVM_TMP/enough"
		wait "$pid" || ivm_die "a build failed: $(tail -n 3 "$IVM_TMP/notices")"
		rm -f "$IVM_TMP/enough"
		more+=("$((with - alone))") base+=("$alone")
		ivm_say "    round $((ROUND + 1)): the longest write took $alone ms alone, $with ms beside builds"
	done
	builds=$(wc -l <"$IVM_TMP/builds")
	report_line "| the longest of the INSERTs of 8 clients while views over $(count_name "$BUILT") rows are built ($builds of them), against none | ≤ 100 ms more | $(median <<<"${base[*]}") ms | $(median <<<"${more[*]}") ms more ($(tr ' ' '\n' <<<"${more[*]}" | sort -n | tr '\n' ' ')) | – | $(verdict "$(median <<<"${more[*]}")" 100) |"
}

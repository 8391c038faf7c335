# curves.sh - what grows with something: points of curves; sourced by bench.sh
#
# Each row leaves a file of points in $POINTS, which plots draws.

# Transactions per second of writers against their number
row_clients()
{
	local clients plain CPU=
	echo 'clients,plain,ivm,trigger' >"$POINTS/clients.csv"
	load_insert 'random(0, 89)'
	for clients in 1 2 4 8 16 32 64; do
		measure_writers reset_orders "$clients" "${ARMS[@]}"
		check orders
		plain=$(median <<<"$BASE")
		awk -v n="$clients" -v plain="$plain" -v ivm="$(median <<<"${RATIOS[ivm]}")" \
			-v trigger="$(median <<<"${RATIOS[trigger]}")" 'BEGIN {
			printf "%d,%.0f,%.0f,%.0f\n", n, plain, plain * ivm, plain * trigger }' >>"$POINTS/clients.csv"
		report "single-row INSERT, clients: $clients" '–' tps
	done
}

# read_times STATEMENT: median milliseconds in one session
read_times()
{
	local i
	for ((i = 0; i <= 2 * ROUNDS; i++)); do
		script ivm "$1"
	done | run_timed | tail -n +2 | median
}

# Milliseconds of reads of a view and of its query against the size of the table
row_read_size()
{
	local size query full key
	local -a ARMS=(ivm)
	echo 'rows,query,full,key' >"$POINTS/read-size.csv"
	for size in 1000 10000 100000 1000000 10000000; do
		[ "$size" -le "$BIG" ] || break
		run_sql -c 'TRUNCATE bench_ivm.orders RESTART IDENTITY' -c "INSERT INTO bench_ivm.orders ($COLUMNS_FILLED)
			SELECT $COLUMNS_FILLED FROM bench.source WHERE n <= $size" || ivm_die "reset failed"
		[ "$size" -le "$BULK" ] || run_sql -c "CALL bench.fill('bench_ivm', 'orders', $((size - BULK)))" ||
			ivm_die "reset failed"
		run_sql -c 'VACUUM ANALYZE bench_ivm.orders'
		vacuum_storage
		query=$(read_times "SELECT date_trunc('day', created_at) AS k, sum(amount), count(*) FROM orders GROUP BY 1")
		full=$(read_times 'SELECT * FROM daily')
		key=$(read_times "SELECT * FROM daily WHERE k = '2026-02-01'")
		echo "$size,$query,$full,$key" >>"$POINTS/read-size.csv"
		report_line "| read of a view of 90 groups over $(count_name "$size") rows | – | query: $query ms | $full ms; one group $key ms | – | – |"
	done
	check orders
}

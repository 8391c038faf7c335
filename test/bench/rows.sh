# rows.sh - the rows of the benchmark's table; sourced by bench.sh
#
# A row is a function row_NAME, which measures and calls report.

ARMS=(plain ivm trigger)

# reset BASE ROWS [ARM...]: tables of so many rows, nothing to vacuum
reset()
{
	local base=$1 rows=$2 arm
	for arm in "${ARMS[@]}"; do
		run_sql -c "TRUNCATE bench_$arm.$base RESTART IDENTITY" \
			-c "CALL bench.fill('bench_$arm', '$base', $rows)" \
			-c "VACUUM (ANALYZE) bench_$arm.$base" || ivm_die "reset failed"
	done
	vacuum_storage
}

vacuum_storage()
{
	# the prepared transaction that keeps changes pending would be waited for
	[ "$PENDING" != yes ] || pending_off
	run_sql >/dev/null <<-'SQL' || ivm_die "vacuum failed"
		SELECT format('VACUUM (ANALYZE) %s', c.oid::regclass)
		FROM pg_class c WHERE c.relkind = 'r' AND
			(c.relnamespace = 'ivm_data'::regnamespace OR
			 c.relnamespace = 'bench_trigger'::regnamespace)
		\gexec
	SQL
}

reset_orders() { reset orders "$FILL"; }
reset_orders5() { reset orders5 "$FILL"; }
reset_for_ranges() { reset orders "$BULK"; }

# check BASE: what is measured must be right
check()
{
	local wrong
	wrong=$(run_sql -c "SELECT bench.wrong('$1')") || ivm_die "check failed"
	[ -z "$wrong" ] || ivm_die "wrong: $wrong"
}

# load ARM... <SCRIPT: the same load for the arms
load()
{
	local arm script
	script=$(cat)
	for arm in "$@"; do
		echo "$script" >"$IVM_TMP/$arm.load"
	done
}

# Whether a commit waits for the disk
sync_on()
{
	run_sql -c "ALTER SYSTEM SET fsync = $1" -c 'SELECT pg_reload_conf()' >/dev/null
	[ "$1" = off ] || sync -f "$IVM_TMP"
	sleep 0.3
	[ "$(run_sql -c 'SHOW fsync')" = "$1" ] || ivm_die "fsync did not turn $1"
}

# load_insert DAY [TABLE]: DAY says how pgbench chooses the day
load_insert()
{
	load "${ARMS[@]}" <<-SQL
		\\set d $1
		\\set a random(1, 100000)
		INSERT INTO ${2:-orders} (created_at, customer_id, product_id, region, status, quantity, amount)
		VALUES (timestamptz '2026-01-01' + :d * interval '1 day', 1 + :a % 10000, :a % 200, :a % 20,
		        (ARRAY['new', 'paid', 'sent', 'back'])[1 + :a % 4], 1, :a / 100.0)
	SQL
}

row_insert()
{
	load_insert 'random(0, 89)'
	measure_writers reset_orders 8 "${ARMS[@]}"
	check orders
	report 'single-row INSERT, 8 clients, fsync off, a view of 90 groups' '≥ 0.87' tps
}

row_insert_sync()
{
	load_insert 'random(0, 89)'
	sync_on on
	measure_writers reset_orders 32 "${ARMS[@]}"
	sync_on off
	check orders
	report 'the same, 32 clients, fsync and synchronous_commit on' '≥ 0.90' tps
}

row_insert_hot()
{
	load_insert '0'
	sync_on on
	measure_writers reset_orders 32 "${ARMS[@]}"
	sync_on off
	check orders
	report 'the same, all rows in one group' '≥ 0.92' tps
}

row_update()
{
	load "${ARMS[@]}" <<-SQL
		\\set id random(1, $FILL)
		\\set a random(1, 100000)
		UPDATE orders SET amount = :a / 100.0 WHERE id = :id
	SQL
	measure_writers reset_orders 8 "${ARMS[@]}"
	check orders
	report 'single-row UPDATE, 8 clients' '≥ 0.85' tps
}

row_delete()
{
	local arm left
	# each client its own rows, spread over the table and the groups
	load "${ARMS[@]}" <<-SQL
		\\set i :i + 1
		\\set id 1 + (:i * 8 + :client_id) * 7919 % $DELETES
		DELETE FROM orders WHERE id = :id
	SQL
	PGBENCH_OPTIONS='-D i=-1' measure_writers reset_for_deletes 8 "${ARMS[@]}"
	for arm in "${ARMS[@]}"; do
		left=$(run_sql -c "SELECT count(*) FROM bench_$arm.orders")
		[ "$left" -gt $((DELETES / 50)) ] || ivm_die "too few rows to delete for this machine"
	done
	check orders
	report 'single-row DELETE, 8 clients' '≥ 0.80' tps
}
reset_for_deletes() { reset orders "$DELETES"; }

row_update_unused()
{
	load "${ARMS[@]}" <<-SQL
		\\set id random(1, $FILL)
		UPDATE orders SET note = 'seen' || :id WHERE id = :id
	SQL
	measure_writers reset_orders 8 "${ARMS[@]}"
	check orders
	report 'single-row UPDATE of a column that no view uses' '≥ 0.97' tps
}

row_five_views()
{
	load_insert 'random(0, 89)' orders5
	measure_writers reset_orders5 8 "${ARMS[@]}"
	check orders5
	report 'single-row INSERT, five views on the table' '≥ 0.66' tps
}

COLUMNS_FILLED='created_at, customer_id, product_id, region, status, quantity, amount'

row_bulk_insert()
{
	measure_statement reset_orders 1 "INSERT INTO orders ($COLUMNS_FILLED)
		SELECT $COLUMNS_FILLED FROM bench.source" "${ARMS[@]}"
	check orders
	report "one INSERT of $(count_name "$BULK") rows" '≤ 1.10' ms
}

row_bulk_copy()
{
	run_sql -c "COPY (SELECT $COLUMNS_FILLED FROM bench.source) TO '$IVM_TMP/orders.copy'"
	measure_statement reset_orders 1 \
		"COPY orders ($COLUMNS_FILLED) FROM '$IVM_TMP/orders.copy'" "${ARMS[@]}"
	rm -f "$IVM_TMP/orders.copy"
	check orders
	report "one COPY of $(count_name "$BULK") rows" '≤ 1.10' ms
}

row_bulk_update()
{
	measure_statement reset_for_ranges 4 \
		"UPDATE orders SET amount = amount + 1 WHERE id BETWEEN {lo} AND {hi}" "${ARMS[@]}"
	check orders
	report "one UPDATE of $(count_name "$STEP") rows" '≤ 1.20' ms
}

row_bulk_delete()
{
	measure_statement reset_for_ranges 4 \
		"DELETE FROM orders WHERE id BETWEEN {lo} AND {hi}" "${ARMS[@]}"
	check orders
	report "one DELETE of $(count_name "$STEP") rows" '≤ 1.7' ms
}

# Two tables of different size, both with a view
row_big_table()
{
	local arm size
	for arm in small large; do
		size=$BIG
		[ $arm = large ] || size=$((BIG / 10))
		run_sql -c "CALL bench.create_table('bench_$arm', 'orders')" \
			-c "CALL bench.fill('bench_$arm', 'orders', $size)" \
			-c "CALL bench.create_views('bench_$arm', 'orders')" \
			-c "VACUUM (ANALYZE) bench_$arm.orders" || ivm_die "set-up failed"
	done
	load_insert 'random(0, 89)'
	cp "$IVM_TMP/ivm.load" "$IVM_TMP/small.load"
	cp "$IVM_TMP/ivm.load" "$IVM_TMP/large.load"
	measure_writers : 8 large small
	check orders
	run_sql -c "SELECT ivm.drop_view(format('bench_%s.daily', a)) FROM (VALUES ('small'), ('large')) v(a)" \
		-c 'DROP TABLE bench_small.orders, bench_large.orders' >/dev/null
	# transactions of the small one per transaction of the large one: what an
	# INSERT into the large one costs
	RATIOS[ivm]=${RATIOS[small]} BASE=
	report "single-row INSERT, time with $(count_name "$BIG") rows in the table against $(count_name $((BIG / 10)))" \
		'≤ 1.05' tps
}

# ---------------------------------------------------------------------------
# Reads: a view against a plain table of the same rows
# ---------------------------------------------------------------------------

PENDING=
groups_create()
{
	[ -z "$PENDING" ] || return 0
	run_sql -c "CALL bench.create_groups($GROUPS_READ)" \
		-c 'VACUUM (ANALYZE) bench_plain.by_customer' || ivm_die "set-up failed"
	vacuum_storage
	PENDING=no
	check payments
}

# A change of 1 % of the keys that cannot be folded: a prepared transaction
# keeps the locks that folding needs.
pending_on()
{
	groups_create
	[ $PENDING = no ] || return 0
	run_sql <<-SQL || ivm_die "changes could not be left pending"
		BEGIN;
		INSERT INTO bench_ivm.payments SELECT 100 * n, 1 FROM generate_series(1, $((GROUPS_READ / 100))) n;
		PREPARE TRANSACTION 'bench';
		INSERT INTO bench_ivm.payments SELECT 100 * n, 1 FROM generate_series(1, $((GROUPS_READ / 100))) n;
		UPDATE bench_plain.by_customer SET total = total + 1, n = n + 1 WHERE k % 100 = 0;
		VACUUM (ANALYZE) bench_plain.by_customer;
		SELECT format('VACUUM (ANALYZE) %s', delta) FROM ivm.view
		WHERE view = 'bench_ivm.by_customer'::regclass \\gexec
	SQL
	[ "$(run_sql -c "SELECT bench.pending('bench_ivm.by_customer')")" -ge $((GROUPS_READ / 100)) ] ||
		ivm_die "changes did not stay pending"
	PENDING=yes
	check payments
}

pending_off()
{
	groups_create
	[ $PENDING = yes ] || return 0
	PENDING=no
	run_sql -c "ROLLBACK PREPARED 'bench'" \
		-c "SELECT ivm.fold('bench_ivm.by_customer')" >/dev/null || ivm_die "fold failed"
	[ "$(run_sql -c "SELECT bench.pending('bench_ivm.by_customer')")" = 0 ] ||
		ivm_die "changes stayed pending"
	vacuum_storage
	check payments
}

read_key()
{
	load plain ivm <<-SQL
		\\set k random(1, $GROUPS_READ)
		SELECT * FROM by_customer WHERE k = :k
	SQL
	measure_readers plain ivm
	report "read by key, $(count_name "$GROUPS_READ") groups, $1" "$2" ms
}

read_full()
{
	measure_query 10 'SELECT count(k), count(total), sum(n) FROM by_customer' plain ivm
	report "full read, $1" "$2" ms
}

read_top()
{
	load plain ivm <<-SQL
		SELECT * FROM by_customer ORDER BY total DESC LIMIT 10
	SQL
	measure_readers plain ivm
	report "top 10 by an indexed sum, $1" "$2" ms
}

row_read_key() { pending_off; read_key 'nothing pending' '≤ 1.1'; }
row_read_full() { pending_off; read_full 'nothing pending' '≤ 1.2'; }
row_read_top() { pending_off; read_top 'nothing pending' '≤ 1.5'; }
row_read_key_planned()
{
	pending_off
	PGBENCH_OPTIONS='-M simple' read_key 'nothing pending, not prepared' '≤ 1.35'
}
row_read_key_pending() { pending_on; read_key '1 % of the keys pending' '≤ 1.15'; }
row_read_full_pending() { pending_on; read_full '1 % of the keys pending' '≤ 1.3'; }
row_read_top_pending() { pending_on; read_top '1 % of the keys pending' '≤ 3'; }

# ---------------------------------------------------------------------------
# Memory
# ---------------------------------------------------------------------------

# What a backend took at most for the statements in standard input, shared buffers not
# counted, in kB.
peak_memory()
{
	{
		cat
		echo 'SELECT pg_backend_pid() AS pid \gset'
		echo '\setenv BACKEND :pid'
		echo '\! cat /proc/$BACKEND/status'
	} | run_sql -f - | awk '$1 == "VmHWM:" { peak = $2 } $1 == "RssShmem:" { shared = $2 }
		END { print peak - shared }'
}

# memory_of ARM GROUPS: what a backend took at most while one transaction
# inserted a row for each of so many groups, shared buffers not counted, in kB.
# A hundred statements: what core remembers of a statement's trigger events is
# gone at its end.
memory_of()
{
	local i n=$(($2 / 100))
	{
		echo 'BEGIN;'
		for ((i = 0; i < 100; i++)); do
			echo "INSERT INTO bench_$1.events SELECT g, 1 FROM generate_series($((i * n + 1)), $(((i + 1) * n))) g;"
		done
		echo 'COMMIT;'
	} | peak_memory
}

row_memory()
{
	local size arm bound verdict=met
	local -A kb
	[ "$PENDING" != yes ] || pending_off
	for size in $((BIG / 10)) "$BIG"; do
		for arm in plain ivm; do
			run_sql -c "CREATE TABLE bench_$arm.events (k integer, amount integer)"
			[ $arm = plain ] ||
				run_sql -c "CALL bench.create_views('bench_ivm', 'events')"
			kb[$arm$size]=$(memory_of $arm "$size")
			ivm_say "    $(count_name "$size") groups: $arm ${kb[$arm$size]} kB"
		done
		check events
		run_sql -c "SELECT ivm.drop_view('bench_ivm.by_event')" \
			-c 'DROP TABLE bench_plain.events, bench_ivm.events' >/dev/null
	done
	bound=$(run_sql -c "LOAD 'ivm'" \
		-c "SELECT pg_size_bytes(current_setting('ivm.pending_mem')) / 1024")
	# a quarter for what is not the pending change itself
	[ $((kb[ivm$BIG] - kb[plain$BIG])) -le $((bound * 5 / 4)) ] || verdict=missed
	report_line "| memory of a transaction that touches $(count_name "$BIG") groups | bounded by \`ivm.pending_mem\`, $((bound / 1024)) MB | $((kb[plain$BIG] / 1024)) MB | $((kb[ivm$BIG] / 1024)) MB; $(count_name $((BIG / 10))) groups: $((kb[ivm$((BIG / 10))] / 1024)) MB | – | $verdict |"
}

# ---------------------------------------------------------------------------
# Reads after a write, of a group of many rows
# ---------------------------------------------------------------------------

# timed_read ARM QUERY: milliseconds
timed_read() { script "$1" "$2" | CPU= run_timed; }

# report_read TITLE QUERY_MS MS
report_read()
{
	report_line "$(awk -v title="$1" -v query="$2" -v ms="$3" 'BEGIN {
		printf "| read of a group of 500 k rows after a single-row write, %s | ≤ 2 ms | query: %.0f ms | %.2f ms | – | %s |",
			title, query, ms, ms <= 2 ? "met" : "missed" }')"
}

row_read_after_write()
{
	local i write="INSERT INTO bench_ivm.hits VALUES (1, 500001)" distinct= percentile= query
	run_sql <<-SQL >/dev/null || ivm_die "set-up failed"
		CREATE TABLE bench_ivm.hits (k integer, v integer);
		INSERT INTO bench_ivm.hits SELECT 1, n % 100000 FROM generate_series(1, 500000) n;
		CREATE INDEX ON bench_ivm.hits (k, v);
		VACUUM ANALYZE bench_ivm.hits;
		SELECT ivm.create_view('bench_ivm.visitors', 'SELECT k, count(DISTINCT v) AS n FROM bench_ivm.hits GROUP BY k');
		SELECT ivm.create_view('bench_ivm.middle', 'SELECT k, percentile_cont(0.5) WITHIN GROUP (ORDER BY v) AS m FROM bench_ivm.hits GROUP BY k');
	SQL
	for ((i = 0; i < 5; i++)); do
		run_sql -c "$write"
		distinct+="$(timed_read ivm 'SELECT * FROM visitors WHERE k = 1') "
		# the first read computes the group; then the worker stores it
		timed_read ivm 'SELECT * FROM middle WHERE k = 1' >/dev/null
		sleep 2
		percentile+="$(timed_read ivm 'SELECT * FROM middle WHERE k = 1') "
	done
	query=$(timed_read ivm 'SELECT k, count(DISTINCT v) FROM hits WHERE k = 1 GROUP BY k')
	report_read 'count(DISTINCT) with an index on key and value' "$query" "$(median <<<"$distinct")"
	query=$(timed_read ivm 'SELECT k, percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM hits WHERE k = 1 GROUP BY k')
	report_read 'percentile_cont, second read' "$query" "$(median <<<"$percentile")"
	[ "$(run_sql -c "SELECT count(*) FROM ivm.verify_view('bench_ivm.visitors')" -c "SELECT count(*) FROM ivm.verify_view('bench_ivm.middle')" | tr '\n' ' ')" = '0 0 ' ] ||
		ivm_die "wrong: reads after writes"
	run_sql -c "SELECT ivm.drop_view('bench_ivm.visitors'), ivm.drop_view('bench_ivm.middle')" -c 'DROP TABLE bench_ivm.hits' >/dev/null
}

# joins.sh - rows of the benchmark's table about several sources, and other
# cores that need more than sums; sourced by bench.sh

SHAPE= FACTS= CUSTOMERS= SHAPE_ARMS=()

# shape VIEW ROWS CUSTOMERS ARM...: what reset_shape is to set up
shape()
{
	SHAPE=$1 FACTS=$2 CUSTOMERS=$3
	shift 3
	SHAPE_ARMS=("$@")
	[ "$(ask "SELECT to_regclass('bench.shape') IS NULL")" = f ] ||
		run_sql -f "$BENCH/joins.sql" -c "CALL bench.create_facts('bench_plain')" \
			-c "CALL bench.create_facts('bench_ivm')" \
			-c "CALL bench.create_facts('bench_trigger')" >/dev/null || ivm_die "set-up failed"
}

reset_shape()
{
	local arm
	for arm in "${SHAPE_ARMS[@]}"; do
		run_sql -c "CALL bench.reset_shape('bench_$arm', '$SHAPE', $FACTS, $CUSTOMERS)" \
			-c "VACUUM (ANALYZE) bench_$arm.facts, bench_$arm.customers, bench_$arm.archive" \
			2>>"$IVM_TMP/notices" || ivm_die "reset failed: $(tail -n 3 "$IVM_TMP/notices")"
	done
	vacuum_storage
}

# check_shape [trigger]: what is measured must be right; with triggers only if
# one table has changed
check_shape()
{
	local wrong
	wrong=$(run_sql -c "SELECT count(*) FROM ivm.verify_view('bench_ivm.$SHAPE')") ||
		ivm_die "check failed"
	[ "$wrong" = 0 ] || ivm_die "wrong: $wrong rows of $SHAPE differ"
	[ "${1:-}" != trigger ] || [ "$(run_sql -c 'SELECT bench.wrong_by_trigger()')" = 0 ] ||
		ivm_die "wrong: the triggers"
}

FACT_COLUMNS='created_at, customer_id, product_id, region, status, quantity, amount'

# load_facts: single rows of random customers; SQL in standard input goes before
load_facts()
{
	load "${SHAPE_ARMS[@]}" <<-SQL
		\\set a random(1, 1000000)
		\\set c random(1, $CUSTOMERS)
		$(cat)
		INSERT INTO facts ($FACT_COLUMNS)
		VALUES (timestamptz '2026-01-01' + :a % 90 * interval '1 day', :c, :a % 200, :a % 20,
		        (ARRAY['new', 'paid', 'sent', 'back'])[1 + :a % 4], 1, :a % 100000 / 100.0);
		${1:-}
	SQL
}

row_join_insert()
{
	shape by_country "$FILL" 10000 plain ivm trigger
	load_facts </dev/null
	measure_writers reset_shape 8 "${SHAPE_ARMS[@]}"
	check_shape trigger
	report 'single-row INSERT into facts, a view of facts JOIN customers, 8 clients, fsync off' '≥ 0.78' tps
}

row_join_insert_sync()
{
	shape by_country "$FILL" 10000 plain ivm trigger
	load_facts </dev/null
	sync_on on
	measure_writers reset_shape 32 "${SHAPE_ARMS[@]}"
	sync_on off
	check_shape trigger
	report 'the same, 32 clients, fsync and synchronous_commit on' '≥ 0.88' tps
}

row_join_mixed()
{
	local wrong
	shape by_country 200000 2000 plain ivm trigger
	load_facts '\endif' <<-SQL
		\\if :a % 100 = 0
		UPDATE customers SET country = (country + 1) % 50 WHERE id = :c;
		\\else
	SQL
	measure_writers reset_shape 8 "${SHAPE_ARMS[@]}"
	check_shape
	wrong=$(run_sql -c 'SELECT bench.wrong_by_trigger()')
	[ "$wrong" = 0 ] || wrong="$wrong groups wrong with triggers"
	report "99 % INSERTs into facts, 1 % UPDATEs of customers with 100 facts each, 8 clients${wrong:+ ($wrong)}" '≥ 0.62' tps
}

row_join_bulk()
{
	shape by_country "$FILL" 10000 plain ivm trigger
	measure_statement reset_shape 1 "INSERT INTO facts ($FACT_COLUMNS)
		SELECT created_at, 1 + customer_id, product_id, region, status, quantity, amount
		FROM bench.source" "${SHAPE_ARMS[@]}"
	check_shape trigger
	report "one INSERT of $(count_name "$BULK") rows into facts" '≤ 1.2' ms
}

# shape_insert VIEW CUSTOMERS TITLE TARGET: single rows into a table of FACTS rows
shape_insert()
{
	shape "$1" "$FACTS" "$2" plain ivm
	load_facts </dev/null
	measure_writers reset_shape 8 "${SHAPE_ARMS[@]}"
	check_shape
	report "$3" "$4" tps
}

row_left_join() { FACTS=$FILL; shape_insert bought 10000 'single-row INSERT into facts, customers LEFT JOIN facts GROUP BY country' '≥ 0.70'; }
row_exists() { FACTS=$FILL; shape_insert buyers 10000 'single-row INSERT into facts, customers WHERE EXISTS (facts)' '≥ 0.70'; }
row_union() { FACTS=$FILL; shape_insert pairs 10000 'single-row INSERT into facts, facts UNION archive' '≥ 0.60'; }

row_count_distinct() { FACTS=100000; shape_insert distinct_products 100 'single-row INSERT, count(DISTINCT) over groups of 1 k rows' '≥ 0.55'; }
# The values are looked up by an index, which costs the writers without a view as much
row_count_distinct_index()
{
	local arm
	FACTS=100000
	shape distinct_products "$FACTS" 100 plain ivm
	for arm in plain ivm; do
		run_sql -c "CREATE INDEX looked_up ON bench_$arm.facts (customer_id, product_id)" >/dev/null || ivm_die "no index"
	done
	shape_insert distinct_products 100 'the same, with an index on key and value' '≥ 0.55'
	for arm in plain ivm; do
		run_sql -c "DROP INDEX bench_$arm.looked_up" >/dev/null || ivm_die "no index"
	done
}

row_string_agg() { FACTS=100000; shape_insert statuses 100 'the same, string_agg' '≥ 0.50'; }
row_percentile() { FACTS=100000; shape_insert medians 100 'the same, percentile_cont' '≥ 0.50'; }

# Time of maintenance: what a transaction takes longer than without a view
row_delete_extreme()
{
	local groups=100 rest verdict difference
	[ -z "$QUICK" ] || groups=20

	shape extremes $((groups * 10000)) "$groups" plain ivm
	reset_shape
	load "${SHAPE_ARMS[@]}" <<-SQL
		\\set c random(1, $groups)
		DELETE FROM facts WHERE id =
			(SELECT id FROM facts WHERE customer_id = :c ORDER BY amount DESC LIMIT 1)
	SQL
	measure_readers "${SHAPE_ARMS[@]}"
	rest=$(run_sql -c 'SELECT min(n) FROM bench_ivm.extremes')
	[ "$rest" -ge 5000 ] || ivm_die "too few rows to delete for this machine"
	check_shape
	difference=$(paste -d ' ' <(tr ' ' '\n' <<<"$BASE" | grep .) <(tr ' ' '\n' <<<"${RATIOS[ivm]}" | grep .) |
		awk '{ printf "%.3f ", $1 * ($2 - 1) }')
	verdict=$(awk -v d="$(median <<<"$difference")" 'BEGIN { print d <= 1 ? "met" : "missed" }')
	report_line "| DELETE of the greatest row in a group of 10 k rows, min and max | ≤ 1 ms more | $(printf '%.3f' "$(median <<<"$BASE")") ms | $(show_ratios "${RATIOS[ivm]}"), $(printf '%.3f' "$(median <<<"$difference")") ms more | – | $verdict |"
}

# hardships.sh - many views, mixed isolation levels, old snapshots, savepoints; sourced by bench.sh

row_insert_groups()
{
	[ "$(ask "SELECT to_regclass('bench_ivm.accounts') IS NULL")" = f ] ||
		run_sql -c "CALL bench.create_arms('accounts')" >/dev/null || ivm_die "set-up failed"
	load "${ARMS[@]}" <<-SQL
		\\set a random(1, 200000)
		INSERT INTO accounts (created_at, customer_id, product_id, region, status, quantity, amount)
		VALUES ('2026-01-01', :a, :a % 200, :a % 20, 'new', 1, :a / 100.0)
	SQL
	measure_writers reset_accounts 8 "${ARMS[@]}"
	check accounts
	report 'single-row INSERT, 8 clients, fsync off, a view of 200 k groups, at random' '≥ 0.82' tps
}
reset_accounts()
{
	local arm
	reset accounts 0
	for arm in "${ARMS[@]}"; do
		run_sql -c "INSERT INTO bench_$arm.accounts (created_at, customer_id, product_id, region, status, quantity, amount)
			SELECT '2026-01-01', n, 0, 0, 'new', 1, 1 FROM generate_series(1, 200000) n" -c "VACUUM ANALYZE bench_$arm.accounts"
	done
	vacuum_storage
}

# The five views of orders5, and three variants of each
row_twenty_views()
{
	[ "$(ask "SELECT to_regclass('bench_ivm.orders20') IS NULL")" = f ] ||
		run_sql -c "CALL bench.create_arms('orders20')" >/dev/null || ivm_die "set-up failed"
	load_insert 'random(0, 89)' orders20
	measure_writers reset_orders20 8 "${ARMS[@]}"
	check orders20
	report 'single-row INSERT, twenty views on the table' '≥ 0.33' tps
}
reset_orders20() { reset orders20 "$FILL"; }

# ---------------------------------------------------------------------------
# Isolation levels
# ---------------------------------------------------------------------------

HARD_READY=
hard_create()
{
	[ -z "$HARD_READY" ] || return 0
	run_sql -f "$BENCH/hardships.sql" >/dev/null 2>>"$IVM_TMP/notices" ||
		ivm_die "set-up failed: $(tail -n 3 "$IVM_TMP/notices")"
	HARD_READY=yes
}

# Commits of 8 writers, a third of them in each isolation level, and the share that fails as SERIALIZABLE
row_mixed_levels()
{
	local arm slice values failures
	local -A commits failed
	hard_create
	for arm in plain viewed; do
		cat >"$IVM_TMP/$arm.load" <<-SQL
			\\set l random(0, 2)
			\\set a random(0, 99999)
			\\if :l = 0
			BEGIN ISOLATION LEVEL READ COMMITTED;
			\\elif :l = 1
			BEGIN ISOLATION LEVEL REPEATABLE READ;
			\\else
			BEGIN ISOLATION LEVEL SERIALIZABLE;
			\\endif
			INSERT INTO bench_hard.$arm (day, region, status, amount) VALUES
				(date '2026-01-01' + :a % 10, :a % 20, (ARRAY['new', 'paid', 'sent', 'back'])[1 + :a % 4], :a / 100.0);
			UPDATE bench_hard.$arm SET amount = amount + 1
			WHERE id = 1 + (:a + :client_id * 125) % 1000;
			COMMIT;
		SQL
	done
	forget plain viewed
	failures=
	for ((ROUND = 0; ROUND < ROUNDS; ROUND++)); do
		for arm in $(rotated plain viewed); do
			load_start "$arm" 8 "$IVM_TMP/$arm.load"
		done
		for ((slice = 0; slice < 2 * SLICES; slice++)); do
			for arm in $(rotated plain viewed); do
				kill -CONT "${LOAD[$arm]}"
				sleep "$SLICE"
				kill -STOP "${LOAD[$arm]}"
				settle
			done
		done
		values=()
		for arm in plain viewed; do
			load_end "$arm"
			commits[$arm]=$COUNT
			failed[$arm]=$(sed -n 's/^number of failed transactions: \([0-9]*\).*/\1/p' "$IVM_TMP/load_$arm.log")
			values+=("$arm" "$COUNT")
		done
		remember "${values[@]}"
		failures+="$(awk -v a="${failed[plain]}" -v an="${commits[plain]}" -v b="${failed[viewed]}" -v bn="${commits[viewed]}" \
			'BEGIN { printf "%.4f ", a ? (b / (b + bn)) / (a / (a + an)) : 1 }')"
		ivm_say "    round $((ROUND + 1)): ${values[*]} commits, failed ${failed[plain]} and ${failed[viewed]}"
	done
	[ "$(run_sql -c "SELECT count(*) FROM bench_hard.definition d, ivm.verify_view(('bench_hard.' || d.view)::regclass)")" = 0 ] ||
		ivm_die "wrong: a view of bench_hard"
	RATIOS[ivm]=${RATIOS[viewed]} BASE=
	report 'commits of 8 writers at mixed isolation levels on few groups, eleven views of all kinds' '≥ 0.6' tps
	RATIOS[ivm]=$failures
	report 'the same, share of them that fails' '≤ 1.2' tps
}

# ---------------------------------------------------------------------------
# Old snapshots
# ---------------------------------------------------------------------------

# measure_old_snapshot ROUNDS SECONDS PART MIDDLE ARM...: rates of the arms, by turns, in the first and in the
# last PART seconds of SECONDS each, while a REPEATABLE READ transaction keeps a snapshot; in between
# those arms write that MIDDLE lists.  Leaves KEPT[arm], the last rate by the first, AGAINST[arm], that by
# the first arm's, and BEFORE[arm] and AFTER[arm], full reads in milliseconds, per round.
declare -A KEPT AGAINST BEFORE AFTER
measure_old_snapshot()
{
	local rounds=$1 slices=$(per_slice "$2") outer=$(per_slice "$3") middle=$4 arm slice part xid start arms
	local -A count time
	shift 4
	KEPT=() AGAINST=() BEFORE=() AFTER=()
	load_insert 'random(0, 89)'
	for ((ROUND = 0; ROUND < rounds; ROUND++)); do
		reset_orders
		for arm in "${@:2}"; do
			BEFORE[$arm]+="$(arm_read "$arm") "
		done
		coproc OLD { exec "$IVM_BIN/psql" -X -q -A -t; }
		echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM bench_plain.orders;" >&"${OLD[1]}"
		read -r <&"${OLD[0]}"
		for arm in $(rotated "$@"); do
			load_start "$arm" 8 "$IVM_TMP/$arm.load"
			for part in first middle last; do count[$arm$part]=0 time[$arm$part]=0; done
		done
		for ((slice = 0; slice < slices; slice++)); do
			part=middle arms=$middle
			[ $slice -ge "$outer" ] || part=first
			[ $slice -lt $((slices - outer)) ] || part=last
			[ $part = middle ] || arms=$*
			# shellcheck disable=SC2086
			for arm in $(rotated $arms); do
				kill -CONT "${LOAD[$arm]}"
				sleep 0.03
				CPU_TIME= mark "$arm"
				xid=$XID start=$TIME
				sleep "$SLICE"
				CPU_TIME= mark "$arm"
				kill -STOP "${LOAD[$arm]}"
				count[$arm$part]=$((count[$arm$part] + XID - xid))
				time[$arm$part]=$((time[$arm$part] + TIME - start))
				settle
			done
		done
		for arm in "$@"; do
			load_end "$arm"
			KEPT[$arm]+="$(rate_ratio "${count[${arm}last]}" "${time[${arm}last]}" "${count[${arm}first]}" "${time[${arm}first]}") "
			AGAINST[$arm]+="$(rate_ratio "${count[${arm}last]}" "${time[${arm}last]}" "${count[${1}last]}" "${time[${1}last]}") "
		done
		for arm in "${@:2}"; do
			AFTER[$arm]+="$(arm_read "$arm") "
		done
		echo 'COMMIT; \q' >&"${OLD[1]}"
		wait "$OLD_PID" 2>/dev/null
		for arm in "$@"; do
			ivm_say "    round $((ROUND + 1)): $arm: kept ${KEPT[$arm]}; reads ${BEFORE[$arm]:-} -> ${AFTER[$arm]:-}"
		done
	done
	check orders
	forget "$@"
}

per_slice() { awk -v t="$1" -v s="$SLICE" 'BEGIN { print int(t / s) }'; }

row_old_snapshot()
{
	measure_old_snapshot $(((ROUNDS + 1) / 2)) "$OLD_SECONDS" $((OLD_SECONDS / 5)) "${ARMS[*]}" "${ARMS[@]}"
	RATIOS[ivm]=${KEPT[ivm]} RATIOS[trigger]=${KEPT[trigger]}
	report "8 clients insert beside an old snapshot: rate after $OLD_SECONDS s against that at the start" '≥ 0.9' tps
	RATIOS[ivm]=${AGAINST[ivm]} RATIOS[trigger]=${AGAINST[trigger]}
	report "the same, rate after $OLD_SECONDS s against no view" '≥ 0.7' tps
	RATIOS[ivm]=$(read_ratios "${BEFORE[ivm]}" "${AFTER[ivm]}")
	RATIOS[trigger]=$(read_ratios "${BEFORE[trigger]}" "${AFTER[trigger]}")
	report "the same, a full read then against before" '≤ 5' ms
}

# In between the table without a view has a rest: nothing about it gets slower.
row_old_snapshot_long()
{
	measure_old_snapshot 1 "$OLD_LONG_SECONDS" $((OLD_LONG_SECONDS / 30)) ivm plain ivm
	RATIOS[ivm]=${KEPT[ivm]} RATIOS[trigger]=
	report "8 clients insert beside an old snapshot: rate after $((OLD_LONG_SECONDS / 60)) min against that at the start" '≥ 0.85' tps
	RATIOS[ivm]=${AGAINST[ivm]}
	report "the same, rate after $((OLD_LONG_SECONDS / 60)) min against no view" – tps
}

# Milliseconds of a full read of the view or summary table of 90 groups
arm_read()
{
	local i
	for ((i = 0; i < 10; i++)); do
		script "$1" 'SELECT count(k), sum(total), sum(n) FROM daily'
	done | CPU= run_timed | tail -n +2 | median
}

rate_ratio() { awk -v a="$1" -v at="$2" -v b="$3" -v bt="$4" 'BEGIN { printf "%.3f", (a / at) / (b / bt) }'; }

read_ratios()
{
	paste -d ' ' <(tr ' ' '\n' <<<"$1" | grep .) <(tr ' ' '\n' <<<"$2" | grep .) | awk '{ printf "%.2f ", $2 / $1 }'
}

# ---------------------------------------------------------------------------
# Subtransactions
# ---------------------------------------------------------------------------

row_exceptions()
{
	local blocks=$FILL
	measure_statement reset_orders 1 "DO \$\$ BEGIN
		FOR i IN 1 .. $blocks LOOP
			BEGIN
				INSERT INTO orders ($COLUMNS_FILLED)
				VALUES (timestamptz '2026-01-01' + i % 90 * interval '1 day', i, i, i, 'new', 1, i);
			EXCEPTION WHEN division_by_zero THEN NULL;
			END;
		END LOOP; END \$\$" plain ivm
	check orders
	report "$(count_name "$blocks") PL/pgSQL blocks with an exception handler and an INSERT each, in one transaction" '≤ 1.3' ms
}

# nested_memory ARM DEPTH: kB that a backend took at most for so many savepoints, one in the
# other, of a statement each that touches 500 keys
nested_memory()
{
	local i
	{
		echo 'BEGIN;'
		for ((i = 0; i < $2; i++)); do
			echo "SAVEPOINT s$i; INSERT INTO bench_$1.events SELECT g, 1 FROM generate_series($((i * 500 + 1)), $(((i + 1) * 500))) g;"
		done
		echo 'COMMIT;'
	} | peak_memory
}

row_savepoints()
{
	local arm
	local -A kb
	for arm in plain ivm; do
		run_sql -c "CREATE TABLE bench_$arm.events (k integer, amount integer)"
		[ $arm = plain ] || run_sql -c "CALL bench.create_views('bench_ivm', 'events')"
		kb[$arm]=$(nested_memory $arm 1000)
	done
	kb[half]=$(nested_memory ivm 500)
	check events
	run_sql -c "SELECT ivm.drop_view('bench_ivm.by_event')" \
		-c 'DROP TABLE bench_plain.events, bench_ivm.events' >/dev/null
	report_line "$(awk -v plain="${kb[plain]}" -v ivm="${kb[ivm]}" -v half="${kb[half]}" 'BEGIN {
		printf "| memory of a transaction with 1,000 nested savepoints of 500 keys each | bounded by `ivm.pending_mem`, 64 MB | %d MB | %d MB; 500 of them: %d MB | – | %s |",
			plain / 1024, ivm / 1024, half / 1024, ivm - plain <= 80 * 1024 ? "met" : "missed" }')"
}

# scale.sh - many views, new sessions, long ones; sourced by bench.sh
#
# Databases of their own: scale_one with one view, scale_many with SCALE views on
# SCALE / 10 tables beside it, scale_deferred the same with deferred views that have
# something to take in.  Each has table plain without a view and table viewed with one.

SCALE=1000 SCALE_READY=

scale_prepare()
{
	local db
	local -A modes=([scale_many]=immediate [scale_deferred]=deferred)
	[ -z "$SCALE_READY" ] || return 0
	SCALE_READY=yes
	for db in scale_one scale_many scale_deferred; do
		run_sql -c "CREATE DATABASE $db" || ivm_die "set-up failed"
		PGDATABASE=$db run_sql >/dev/null <<-'EOT' || ivm_die "set-up failed"
			CREATE EXTENSION ivm;
			CREATE TABLE plain (k integer, g integer, x integer);
			CREATE TABLE viewed (k integer, g integer, x integer);
			SELECT ivm.create_view('totals', 'SELECT g, count(*) AS n, sum(x) AS total FROM viewed GROUP BY g');
			INSERT INTO viewed SELECT i, i % 10, i FROM generate_series(1, 1000) i;
		EOT
	done
	for db in scale_many scale_deferred; do
		PGDATABASE=$db run_sql -v views="$SCALE" -v mode="${modes[$db]}" >/dev/null <<-'EOT' || ivm_die "set-up failed"
		SET client_min_messages = warning;
		SELECT format('CREATE TABLE t%s (k integer, g integer, x integer, d date)', t)
		FROM generate_series(1, :views / 10) t \gexec
		SELECT format('SELECT ivm.create_view(%L, %L, mode => %L)', format('v%s_%s', t, v),
			format('SELECT g %% %s AS k, count(*) AS n, sum(x) AS total, avg(x) AS mean, max(d) AS last
				FROM t%s WHERE x > %s GROUP BY 1', v + 1, t, v), :'mode')
		FROM generate_series(1, :views / 10) t, generate_series(1, 10) v \gexec
		SELECT format('INSERT INTO t%s SELECT i, i, i FROM generate_series(1, 1000) i', t)
		FROM generate_series(1, :views / 10) t WHERE :'mode' = 'deferred' \gexec
		VACUUM ANALYZE;
		EOT
	done
}

# first_times WHAT PLAIN VIEWED: what the first statement of a session takes; the
# second statement is measured with one view in the database, and with many
first_times()
{
	local what=$1 plain=$2 viewed=$3 i none one many sessions=$((ROUNDS * 20))
	scale_prepare
	rm -f "$IVM_TMP"/first_*
	for ((i = 0; i < sessions; i++)); do
		PRELOAD=' ' script plain "$plain" | PGDATABASE=scale_one run_timed >>"$IVM_TMP/first_none"
		PRELOAD=' ' script plain "$viewed" | PGDATABASE=scale_one run_timed >>"$IVM_TMP/first_one"
		PRELOAD=' ' script plain "$viewed" | PGDATABASE=scale_many run_timed >>"$IVM_TMP/first_many"
	done
	[ "$(wc -l <"$IVM_TMP/first_many")" = "$sessions" ] || ivm_die "first statements failed"
	none=$(median <"$IVM_TMP/first_none")
	one=$(median <"$IVM_TMP/first_one")
	many=$(median <"$IVM_TMP/first_many")
	report_line "$(awk -v what="$what" -v none="$none" -v one="$one" -v many="$many" -v views="$(count_name $SCALE)" 'BEGIN {
		printf "| %s, %s views in the database | ≤ 3 ms more, ≤ 1.5 times that with one view | %.2f ms | %.2f ms, %.2f times that with one view | – | %s |",
			what, views, none, many, many / one, many - none <= 3 && many <= 1.5 * one ? "met" : "missed" }')"
}

row_first_write()
{
	first_times 'first INSERT of a session, a view on the table' \
		'INSERT INTO public.plain VALUES (1, 1, 1)' 'INSERT INTO public.viewed VALUES (1, 1, 1)'
}

row_first_read()
{
	first_times 'first read of a view in a session, against one of a table' \
		'SELECT * FROM public.plain WHERE k = 0' 'SELECT * FROM public.totals'
}

# catalogue_times DATABASE VIEW: milliseconds of SELECT * from it, in a new
# session and from then on (median)
catalogue_times()
{
	local i
	for ((i = 0; i <= 10; i++)); do
		PRELOAD=' ' script plain "SELECT count(s::text) FROM ivm.$2 s"
	done | PGDATABASE=$1 run_timed >"$IVM_TMP/times"
	[ "$(wc -l <"$IVM_TMP/times")" = 11 ] || ivm_die "ivm.$2 cannot be read"
	echo "$(head -1 "$IVM_TMP/times") $(tail -n +2 "$IVM_TMP/times" | median)"
}

row_catalogue()
{
	local name mode first later
	local -A databases=([immediate]=scale_many [deferred]=scale_deferred)
	scale_prepare
	for name in views stat_views; do for mode in immediate deferred; do
		read -r first later <<<"$(catalogue_times "${databases[$mode]}" $name)"
		report_line "$(awk -v name=$name -v mode=$mode -v first="$first" -v later="$later" -v views="$(count_name $SCALE)" 'BEGIN {
			printf "| SELECT * FROM ivm.%s, %s %s views | ≤ 100 ms | – | %.0f ms; first in a session %.0f ms | – | %s |",
				name, views, mode, later, first, later <= 100 ? "met" : "missed" }')"
	done; done
}

# What a backend holds for views, in bytes
KEPT="SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name ~ '^ivm' OR parent ~ '^ivm'"

row_written_views()
{
	local bytes
	scale_prepare
	bytes=$(PGDATABASE=scale_many run_sql -v views="$SCALE" <<-EOT
		SELECT format('INSERT INTO t%s VALUES (1, 1, 99)', t)
		FROM generate_series(1, :views / 10) t \gexec
		$KEPT;
	EOT
	)
	report_line "$(awk -v bytes="$bytes" -v views="$(count_name $SCALE)" 'BEGIN {
		mb = bytes / 1024 / 1024
		printf "| memory that a backend holds for views, having written under %s | ≤ 40 MB | – | %.0f MB | – | %s |",
			views, mb, mb <= 40 ? "met" : "missed" }')"
}

# Creates, writes and drops partitions of a table under a view, in one session.
row_partitions()
{
	local last=10000 early late
	[ -z "$QUICK" ] || last=2000
	scale_prepare
	read -r early late <<<"$(PGDATABASE=scale_one run_sql -v last="$last" <<-EOT | tr '\n' ' '
		SET client_min_messages = warning;
		CREATE TABLE parted (k integer, x integer) PARTITION BY LIST (k);
		SELECT ivm.create_view('by_rest', 'SELECT k % 10 AS g, count(*) AS n, sum(x) AS total FROM parted GROUP BY 1') \g /dev/null
		CREATE PROCEDURE churn(first integer, last integer) LANGUAGE plpgsql AS \$\$
		BEGIN
			FOR i IN first .. last LOOP
				EXECUTE format('CREATE TABLE part%s PARTITION OF parted FOR VALUES IN (%s)', i, i);
				EXECUTE format('INSERT INTO part%s VALUES (%s, %s)', i, i, i);
				COMMIT;
				EXECUTE format('DROP TABLE part%s', i);
				COMMIT;
			END LOOP;
		END \$\$;
		CALL churn(1, :last / 5);
		$KEPT;
		CALL churn(:last / 5 + 1, :last);
		$KEPT;
		SELECT ivm.drop_view('by_rest') \g /dev/null
		DROP TABLE parted;
		DROP PROCEDURE churn;
	EOT
	)"
	report_line "$(awk -v early="$early" -v late="$late" -v n="$(count_name $last)" 'BEGIN {
		printf "| memory that a backend holds for views, %s partitions created, written and dropped under one | as after a fifth of them | – | %.0f kB; after a fifth %.0f kB | – | %s |",
			n, late / 1024, early / 1024, late <= early * 1.05 ? "met" : "missed" }')"
}

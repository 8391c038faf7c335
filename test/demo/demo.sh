#!/bin/bash
# demo.sh - a guided tour: daily revenue over a million orders
#
#   test/demo/demo.sh		(make demo)
#
# Installs what is missing, builds the extension, runs a server of its own in
# a temporary directory, and shows what a view does while its table changes.
# Every step ends in the same check, that the view equals its query, and in
# the same three times.  Takes about two minutes and leaves nothing behind but
# packages; IVM_KEEP=1 keeps the directory with the server's data.
set -u

DEMO=$(cd "$(dirname "$0")" && pwd)
. "$DEMO/../bin/lib.sh"

SECONDS_PER_LOAD=${IVM_DEMO_SECONDS:-4}
CLIENTS=8

QUERY="SELECT date_trunc('day', created_at) AS day,
       sum(amount) AS revenue, count(*) AS order_count
FROM orders GROUP BY 1"

if [ -t 1 ]; then
	BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
	BOLD= DIM= GREEN= RED= PLAIN=
fi

# ---------------------------------------------------------------------------
# Output
# ---------------------------------------------------------------------------

STEP=0
step()
{
	STEP=$((STEP + 1))
	printf '\n%s%d. %s%s\n\n' "$BOLD" "$STEP" "$1" "$PLAIN"
}

text() { printf '   %s\n' "$@"; }

# show_sql TEXT: as one would type it
show_sql() { sed "s/^/   $DIM/; s/\$/$PLAIN/" <<<"$1"; }

indent() { sed -u 's/^/   /'; }

# Milliseconds, for people
human()
{
	awk -v ms="$1" 'BEGIN {
		if (ms >= 1000) printf "%.1f s", ms / 1000
		else if (ms >= 10) printf "%.0f ms", ms
		else printf "%.2f ms", ms }'
}

# A dot per second, until standard input ends
dots()
{
	local rc=0
	while read -r -t 1 || rc=$?; [ $rc -gt 128 ]; do
		printf .
		rc=0
	done
}

# waiting TEXT COMMAND...: runs it, with a dot per second
waiting()
{
	local what=$1 start=$SECONDS rc=0
	shift
	printf '   %s ' "$what"
	exec 9> >(dots)
	"$@" 9>&- || rc=$?
	exec 9>&-
	wait $! 2>/dev/null
	if [ $rc = 0 ]; then
		printf ' %d s\n' $((SECONDS - start))
	else
		printf ' failed\n'
	fi
	return $rc
}

# ---------------------------------------------------------------------------
# SQL
# ---------------------------------------------------------------------------

sql() { ivm_psql -At -c "$1" || ivm_die "the demo failed"; }
table() { ivm_psql -P footer=off -c "$1" | sed '/^$/d' | indent; }

# timed SQL [TIMES]: runs it in one session and gives the median time in ms
timed()
{
	local args=(-At -c '\timing on') i
	for ((i = 0; i < ${2:-1}; i++)); do args+=(-c "$1"); done
	ivm_psql "${args[@]}" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | sort -g |
		awk '{ t[NR] = $1 } END { if (!NR) exit 1; print t[int((NR + 1) / 2)] }' ||
		ivm_die "the demo failed"
}

# In one statement, so in one snapshot
DIFFERENCE="WITH shown AS MATERIALIZED (TABLE daily_revenue),
	computed AS MATERIALIZED (TABLE recomputed)
	SELECT count(*) FROM (
		(TABLE shown EXCEPT ALL TABLE computed) UNION ALL
		(TABLE computed EXCEPT ALL TABLE shown)) d"
WRONG=0

# show_check ROWS: says whether the view and its query differ
show_check()
{
	if [ "$1" = 0 ]; then
		text "check  ${GREEN}0 rows differ from the recomputed result$PLAIN"
	else
		WRONG=1
		text "check  $RED$1 rows differ from the recomputed result$PLAIN"
	fi
}

rows_of() { echo "SELECT day::date, revenue, order_count FROM daily_revenue WHERE $1 ORDER BY day"; }

# look CONDITION: rows of the view, the check, the times
look()
{
	local view query refresh

	table "$(rows_of "$1")"
	echo
	show_check "$(sql "$DIFFERENCE")"
	view=$(timed 'TABLE daily_revenue' 15) || exit 1
	query=$(timed 'TABLE recomputed' 1) || exit 1
	refresh=$(timed 'REFRESH MATERIALIZED VIEW refreshed' 1) || exit 1
	text "times  reading the view $BOLD$(human "$view")$PLAIN, running its query $(human "$query"), REFRESH MATERIALIZED VIEW $(human "$refresh")"
	SPEEDUPS+=("$(awk -v a="$query" -v b="$view" 'BEGIN { print a / b }')")
}

SPEEDUPS=()

# ---------------------------------------------------------------------------
# Steps
# ---------------------------------------------------------------------------

start_server()
{
	ivm_initdb main 'fsync = off' 'shared_buffers = 256MB' 'max_wal_size = 4GB' \
		'timezone = UTC' 'datestyle = ISO' && ivm_start main &&
		ivm_psql -c 'CREATE DATABASE demo' && export PGDATABASE=demo
}

set_up()
{
	printf '%sivm: query results kept exact while tables are written%s\n\n' "$BOLD" "$PLAIN"
	waiting 'looking for a server and a compiler' ivm_prepare
	waiting 'building the extension' ivm_install || ivm_die 'the extension could not be built'
	waiting 'starting a server of our own' start_server || ivm_die 'the server did not start'
	text "$("$IVM_BIN/postgres" --version | sed 's/^postgres (PostgreSQL)/PostgreSQL/') in $IVM_TMP, user $IVM_USER, $(nproc) cores"
}

# Rows in portions, a dot each
fill()
{
	local i
	for i in 0 1 2 3 4 5 6 7 8 9; do
		sql "INSERT INTO orders (created_at, amount)
			SELECT timestamptz '2026-01-01' + n * 7919 % 7776000 * interval '1 second',
				   (n * 69621 % 100000) / 100.0
			FROM generate_series($i * 100000 + 1::bigint, ($i + 1) * 100000) n"
	done
	sql 'INSERT INTO orders_without_view (created_at, amount) SELECT created_at, amount FROM orders ORDER BY id'
	ivm_psql -c 'VACUUM ANALYZE orders, orders_without_view'
}

create_table()
{
	local ddl='CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at  timestamptz NOT NULL,
    amount      numeric(10,2) NOT NULL
);'
	step 'A table with a million orders, of 90 days'
	show_sql "$ddl"
	echo
	sql "$ddl"
	sql 'CREATE TABLE orders_without_view (LIKE orders INCLUDING ALL)'
	waiting 'one million rows, and as many in a copy to compare with' fill
}

create_view()
{
	local call="SELECT ivm.create_view('daily_revenue', \$\$
$(indent <<<"$QUERY") \$\$);"

	step 'The view: one call'
	show_sql 'CREATE EXTENSION ivm;'
	show_sql "$call"
	echo
	sql 'CREATE EXTENSION ivm'
	text "created in $(human "$(timed "$call")")"
	sql "CREATE VIEW recomputed AS $QUERY"
	sql "CREATE MATERIALIZED VIEW refreshed AS $QUERY"
	echo
	look "day >= '2026-03-29'"
}

single_inserts()
{
	local insert="INSERT INTO orders (created_at, amount) VALUES ('2026-04-01 09:30', 49.90)"

	step 'New orders, of a day that had none'
	show_sql "$insert;"
	echo
	text "three of them: $(human "$(timed "$insert" 3)") each"
	text "in a transaction that is rolled back, the fourth is seen inside, and nowhere else:"
	ivm_psql -At <<-EOT | sed 's/^/      /'
		BEGIN;
		$insert;
		SELECT 'inside:   ' || order_count FROM daily_revenue WHERE day = '2026-04-01';
		ROLLBACK;
		SELECT 'after it: ' || order_count FROM daily_revenue WHERE day = '2026-04-01';
	EOT
	echo
	look "day >= '2026-03-30'"
}

late_import()
{
	local file=$IVM_TMP/late.copy with without columns='(created_at, amount)'

	step 'A late import: 50,000 orders of January arrive in April'
	sql "SELECT timestamptz '2026-01-01' + n * 6007 % 2678400 * interval '1 second',
			(n * 48271 % 100000) / 100.0
		FROM generate_series(1::bigint, 50000) n" | tr '|' '\t' >"$file"
	chmod 644 "$file"
	show_sql "\\copy orders $columns from 'late.copy'"
	echo
	without=$(timed "\\copy orders_without_view $columns from '$file'") || exit 1
	with=$(timed "\\copy orders $columns from '$file'") || exit 1
	text "COPY took $(human "$with"); into the copy of the table without a view, $(human "$without")"
	echo
	look "day < '2026-01-03' OR day = '2026-01-31'"
}

refund()
{
	local delete='DELETE FROM orders WHERE id = 4711'
	local negative="INSERT INTO orders (created_at, amount) VALUES ('2026-04-01 11:00', -49.90)"

	step 'Two refunds: an order deleted, and one paid back'
	table "SELECT id, created_at, amount FROM orders WHERE id = 4711"
	echo
	show_sql "$delete;"
	show_sql "$negative;"
	echo
	text "$(human "$(timed "$delete")") and $(human "$(timed "$negative")")"
	echo
	look "day IN (SELECT date_trunc('day', created_at) FROM orders_without_view WHERE id = 4711) OR day = '2026-04-01'"
}

move()
{
	local update="UPDATE orders SET created_at = created_at - interval '1 day' WHERE id = 42"

	step 'An order moved to another day: it leaves one group and enters another'
	table 'SELECT id, created_at, amount FROM orders WHERE id = 42'
	echo
	text 'before:'
	table "$(rows_of "day BETWEEN (SELECT date_trunc('day', created_at) - interval '1 day' FROM orders WHERE id = 42)
		AND (SELECT created_at FROM orders WHERE id = 42)")"
	echo
	show_sql "$update;"
	echo
	text "$(human "$(timed "$update")")"
	echo
	look "day BETWEEN (SELECT date_trunc('day', created_at) FROM orders WHERE id = 42)
		AND (SELECT created_at + interval '1 day' FROM orders WHERE id = 42)"
}

# load TABLE [SECONDS [OPTION...]]: transactions per second of many writers
load()
{
	local table=$1 file=$IVM_TMP/$1.pgbench
	cat >"$file" <<-EOT
		\\set day random(0, 89)
		\\set cents random(1, 100000)
		\\set id random(1, 1000000)
		BEGIN;
		INSERT INTO $table (created_at, amount) VALUES ('2026-04-02', :cents / 100.0);
		UPDATE $table SET amount = amount + 1 WHERE id = :id;
		END;
	EOT
	ivm_as_user "$IVM_BIN/pgbench" -n -M prepared -c "$CLIENTS" -j 2 \
		-T "${2:-$SECONDS_PER_LOAD}" "${@:3}" -f "$file" >"$file.out" 2>&1 ||
		{ tail -n 5 "$file.out" >&2; return 1; }
	sed -n 's/^tps = \([0-9]*\).*/\1/p' "$file.out"
}

# Loads one after the other, and one that is watched
loads()
{
	load orders_without_view >"$IVM_TMP/tps.without" && load orders >"$IVM_TMP/tps.with"
}

watched_load()
{
	local pid rc

	load orders >/dev/null &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		sql "$DIFFERENCE" >>"$IVM_TMP/checks"
	done
	wait $pid
}

concurrent_writers()
{
	local without with checks wrong

	step "$CLIENTS writers at once, all of them on the same new day"
	text 'each transaction inserts an order of 2026-04-02 and raises the amount of an old one'
	echo
	[ -x "$IVM_BIN/pgbench" ] || { text 'this server has no pgbench; left out'; return; }
	waiting 'pgbench, without and with the view' loads || ivm_die 'pgbench failed'
	waiting 'once more, while the view is checked all the time' watched_load || ivm_die 'pgbench failed'
	without=$(cat "$IVM_TMP/tps.without") with=$(cat "$IVM_TMP/tps.with")
	echo
	text "transactions per second: $without without a view, $BOLD$with$PLAIN with it"
	checks=$(grep -c . "$IVM_TMP/checks") wrong=$(grep -vc '^0$' "$IVM_TMP/checks")
	text "checks while they wrote: $checks, of which $wrong found a difference"
	[ "$wrong" = 0 ] || WRONG=1
	text "orders and the view agree on $(sql "SELECT to_char(order_count, 'FM999,999,999') FROM daily_revenue WHERE day = '2026-04-02'") orders of that day"
	echo
	look "day >= '2026-03-31'"
}

# How many orders a deferred view lacks, twenty times in ten refreshes: before each and after
plot_lag()
{
	local pid i lag most=1
	local -a lags=()

	load orders >/dev/null &
	pid=$!
	for ((i = 0; i < 20; i++)); do
		sleep 0.15
		((i % 2 == 0)) || sql "SELECT ivm.refresh('hourly')" >/dev/null
		lag=$(sql 'SELECT (SELECT max(id) FROM orders) - (SELECT max(last_id) FROM hourly)')
		lags+=("$lag")
		((lag <= most)) || most=$lag
	done
	wait $pid
	echo
	for ((i = 0; i < 20; i++)); do
		printf '   %s %6d %s\n' "$([ $((i % 2)) = 0 ] && echo 'before' || echo 'after ')" "${lags[i]}" \
			"$(printf '%*s' $((lags[i] * 50 / most)) '' | tr ' ' '#')"
	done
}

deferred()
{
	local hourly="SELECT date_trunc('hour', created_at) AS hour, count(*) AS order_count, max(id) AS last_id FROM orders GROUP BY 1"
	local call="SELECT ivm.create_view('hourly', \$\$ $hourly \$\$, 'deferred');"
	local refresh="SELECT method, rows_read, rows_inserted + rows_updated AS rows_written FROM ivm.refresh('hourly')"

	step 'A view that may be a little old: deferred'
	text 'writers only log what they change; the view takes it in when it is refreshed'
	echo
	show_sql "$call"
	echo
	text "created in $(human "$(timed "$call")")"
	sql "CREATE MATERIALIZED VIEW hourly_refreshed AS $hourly"
	sql "INSERT INTO orders (created_at, amount)
		SELECT timestamptz '2026-02-01' + n * 6007 % 259200 * interval '1 second', n % 1000
		FROM generate_series(1::bigint, 10000) n"
	text 'then 10,000 late orders of three days come in:'
	show_sql "$refresh;"
	echo
	table "$refresh"
	echo
	sql "INSERT INTO orders (created_at, amount) SELECT timestamptz '2026-02-05' + n * interval '1 second', 1 FROM generate_series(1, 10000) n"
	text "times  the next 10,000 in $BOLD$(human "$(timed "SELECT ivm.refresh('hourly')")")$PLAIN, REFRESH MATERIALIZED VIEW $(human "$(timed 'REFRESH MATERIALIZED VIEW hourly_refreshed')")"
	show_check "$(sql "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 0 FROM ivm.refresh('hourly') WHERE false;
		SELECT count(*) FROM ((TABLE hourly EXCEPT ALL ($hourly)) UNION ALL (($hourly) EXCEPT ALL TABLE hourly)) d; COMMIT" | tail -n 1)"
	echo
	[ -x "$IVM_BIN/pgbench" ] || return 0
	text "the lag while $CLIENTS writers go on: orders that the view lacks, before and after each refresh"
	plot_lag
	sql "SELECT ivm.refresh('hourly')" >/dev/null
	echo
	text 'with "max_staleness" a read merges what is logged, and is exact at once:'
	show_sql "SELECT ivm.alter_view('hourly', '{\"max_staleness\": \"0\"}');"
	sql "SELECT ivm.alter_view('hourly', '{\"max_staleness\": \"0\"}')" >/dev/null
	sql "INSERT INTO orders (created_at, amount) VALUES ('2026-04-01 12:15', 1)"
	show_check "$(sql "SELECT count(*) FROM ((TABLE hourly EXCEPT ALL ($hourly)) UNION ALL (($hourly) EXCEPT ALL TABLE hourly)) d")"
	sql "SELECT ivm.drop_view('hourly')" >/dev/null
}

# Microseconds since 1970
now() { echo "${EPOCHREALTIME/[^0-9]/}"; }

# beside_writers SECONDS SQL: runs it in the middle of so many seconds of writes.  Leaves when they and it
# began and ended in LOAD_FROM, SQL_FROM and SQL_TO, and the log of the writers in $IVM_TMP/writes.*
beside_writers()
{
	local pid
	rm -f "$IVM_TMP"/writes.*
	LOAD_FROM=$(now)
	load orders "$1" -l --log-prefix="$IVM_TMP/writes" >/dev/null &
	pid=$!
	sleep "$(($1 / 4))"
	SQL_FROM=$(now)
	sql "$2" >"$IVM_TMP/beside"
	SQL_TO=$(now)
	wait $pid || ivm_die 'pgbench failed'
}

# The log of the writers by half seconds: how many transactions, the longest and the median latency
plot_latencies()
{
	text "$(printf '%6s   %-26s   %-30s %s' '' 'transactions' 'longest latency' 'median')"
	awk -v from="$LOAD_FROM" '{ printf "%d %d\n", ($5 * 1e6 + $6 - from) / 500000, $3 }' "$IVM_TMP"/writes.* |
		sort -k1,1n -k2,2n |
		awk -v build_from="$(((SQL_FROM - LOAD_FROM) / 500000))" -v build_to="$(((SQL_TO - LOAD_FROM) / 500000))" '
			function bar(value, most,	i, result) {
				for (i = 0; i < value * 20 / most; i++) result = result "#"
				return result
			}
			{
				latency[$1, ++n[$1]] = $2
				if (n[$1] > most) most = n[$1]
				if ($2 > longest) longest = $2
				last = $1
			}
			END {
				for (i = 0; i < last; i++)
					printf "   %4.1f s %6d %-21s %7.1f ms %-21s %5.2f ms%s\n", i / 2, n[i], bar(n[i], most),
						latency[i, n[i]] / 1000, bar(latency[i, n[i]], longest), latency[i, int((n[i] + 1) / 2)] / 1000,
						(i >= build_from && i <= build_to ? "  building" : "")
			}'
}

# The longest latency of the log, in ms
longest_latency() { awk '$3 > most { most = $3 } END { print most / 1000 }' "$IVM_TMP"/writes.*; }

online()
{
	local minutes="SELECT date_trunc('minute', created_at) AS minute, sum(amount) AS revenue, count(*) AS order_count FROM orders GROUP BY 1"
	local create="SELECT ivm.create_view('by_minute', \$\$
       SELECT date_trunc('minute', created_at) AS minute, sum(amount) AS revenue,
              count(*) AS order_count
       FROM orders GROUP BY 1 \$\$, with_data => false);"
	local refused="CALL ivm.rebuild('by_minute', validate => '{\"min_rows\": 1000000}')"
	local passed="CALL ivm.rebuild('by_minute', validate => '{\"max_change\": 0.01,
       \"check\": \"(SELECT sum(revenue) FROM new) >= 0.9 * (SELECT sum(revenue) FROM old)\"}')"

	[ -x "$IVM_BIN/pgbench" ] || return 0
	step "A view of many groups, built while $CLIENTS writers go on"
	show_sql "$create"
	show_sql "CALL ivm.rebuild('by_minute');"
	echo
	sql "SELECT ivm.create_view('by_minute', \$\$ $minutes \$\$, with_data => false)" >/dev/null
	waiting "writers, and after a quarter of the time the build" beside_writers $((SECONDS_PER_LOAD * 4)) "CALL ivm.rebuild('by_minute')"
	echo
	plot_latencies
	echo
	text "built in $(human $(((SQL_TO - SQL_FROM) / 1000))): $(sql "SELECT to_char(count(*), 'FM999,999') FROM by_minute") groups"
	show_check "$(sql "SELECT count(*) FROM ivm.verify_view('by_minute')")"
	echo
	text 'a rebuild may ask for something of the new rows; else it changes nothing:'
	show_sql "$refused;"
	ivm_psql -c "$refused" 2>&1 | grep -v '^CONTEXT' | sed 's/^/      /'
	show_sql "$passed;"
	text "passed, in $(human "$(timed "$passed")")"
	echo
	text 'a view that is read can be compared, and corrected, beside its writers, too:'
	show_sql "SELECT ivm.reconcile('by_minute');"
	waiting 'writers, and the comparison' beside_writers "$SECONDS_PER_LOAD" "SELECT count(*) FROM ivm.reconcile('by_minute')"
	text "compared in $(human $(((SQL_TO - SQL_FROM) / 1000))); the longest transaction of a writer took $(human "$(longest_latency)")"
	show_check "$(sql "SELECT count(*) FROM ivm.verify_view('by_minute')")"
	sql "SELECT ivm.drop_view('by_minute')" >/dev/null
}

go_on()
{
	step 'That was it'
	text "the view was read $(printf '%s\n' "${SPEEDUPS[@]}" | sort -g | awk '{ t[NR] = $1 } END { printf "%.0f", t[int((NR + 1) / 2)] }') times as fast as its query, and was never stale"
	echo
	cat <<-EOT | indent
		To go on:
		  README.md                  what can be kept, and how to read, index, check and monitor it
		  make test                  all tests, on a server like this one
		  make bench                 what a view costs, measured side by side
		  sudo make install          into your own server (PG_CONFIG=/path/to/pg_config), and then
		                               CREATE EXTENSION ivm;
		                               SELECT ivm.explain_query(\$\$ SELECT ... \$\$);
		                               SELECT ivm.create_view('name', \$\$ SELECT ... \$\$);
	EOT
	if [ -n "${IVM_KEEP:-}" ]; then
		echo
		text 'The server ends now; its data stays.  To start it again:' \
			"  $IVM_BIN/pg_ctl -D $IVM_TMP/main -o '-p $PGPORT' start     (as user $IVM_USER)" \
			"  $IVM_BIN/psql -h $IVM_TMP -p $PGPORT -U postgres demo"
	fi
	[ "$WRONG" = 0 ] || ivm_die 'the view was wrong: please report this'
}

set_up
create_table
create_view
single_inserts
late_import
refund
move
concurrent_writers
deferred
online
go_on

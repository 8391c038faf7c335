#
# Stories of teams that keep summaries today by cron, REFRESH MATERIALIZED VIEW or a pipeline of
# their own, and of what goes wrong with these.  Each is told by a comment, then played.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $db = 'postgres';
my $node = make_node('stories');
$node->start;
$node->safe_psql($db, 'CREATE EXTENSION ivm');

# ---------------------------------------------------------------------------
# A service counts what its customers use, by the hour.  Every few minutes the hours are brought
# up to date.  On Monday morning a customer's meter comes back to the network and delivers what it
# has recorded in three months: many rows, all of hours long past.  A summary that only looks at
# the last hours would never count them, and one that is computed anew takes minutes each time.
# ---------------------------------------------------------------------------
{
	my %hourly = (hourly_usage => q{
		SELECT customer, date_trunc('hour', used_at) AS hour, count(*) AS readings, sum(units) AS units, max(units) AS peak
		FROM usage GROUP BY 1, 2});

	$node->safe_psql($db, <<'SQL');
CREATE TABLE usage (customer int, used_at timestamptz, units numeric(10,2));
INSERT INTO usage SELECT i % 40, timestamptz '2026-05-01' + i * interval '40 s', i % 500 / 10.0 FROM generate_series(1, 100000) i;
CREATE INDEX ON usage (customer, used_at);
SQL
	create_deferred($node, $db, '{}', %hourly);

	# an ordinary quarter of an hour
	$node->safe_psql($db, q{INSERT INTO usage SELECT i % 40, timestamptz '2026-06-20 12:00' + i * interval '2 s', 1.5 FROM generate_series(1, 400) i});
	my $readings = $node->safe_psql($db, 'SELECT sum(readings) FROM hourly_usage');
	is($node->safe_psql($db, q{SELECT method, rows_read FROM ivm.refresh('hourly_usage')}), 'delta|400', 'usage: a quarter of an hour');
	is($node->safe_psql($db, 'SELECT sum(readings) FROM hourly_usage'), $readings + 400, 'usage: is counted');

	# the import, in two transactions, of which the second corrects some of the first
	$node->safe_psql($db, q{INSERT INTO usage SELECT 7, timestamptz '2026-03-01' + i * interval '1 h' / 5, 2.25 FROM generate_series(1, 10000) i});
	$node->safe_psql($db, q{UPDATE usage SET units = 2.5 WHERE customer = 7 AND used_at BETWEEN '2026-03-03' AND '2026-03-04'});
	is($node->safe_psql($db, q{SELECT count(*) FROM ivm.verify_view('hourly_usage')}), 0, 'usage: what is only late is not wrong');
	is($node->safe_psql($db, q{SELECT method, rows_read, rows_inserted > 1400, rows_updated > 400, rows_deleted FROM ivm.refresh('hourly_usage')}),
		'delta|10000|t|t|0', 'usage: the import is taken in by what has changed, and only its hours are written');
	is_exact($node, $db, 'usage', %hourly);
	is($node->safe_psql($db, q{SELECT method, rows_read FROM ivm.refresh('hourly_usage')}), 'nothing|0', 'usage: nothing is left');
}

# ---------------------------------------------------------------------------
# A pipeline remembers the highest id that it has processed.  Transaction 1 takes id 10 and is slow.
# Transaction 2 takes id 11 and commits.  The pipeline runs, and remembers 11.  Transaction 1
# commits.  The pipeline runs again, from 12 on: row 10 is lost, for good, and nobody is told.
# ---------------------------------------------------------------------------
{
	my %race = (by_kind => 'SELECT kind, count(*) AS n, sum(amount) AS amount FROM events GROUP BY kind');

	$node->safe_psql($db, <<'SQL');
CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, amount int);
INSERT INTO events (kind, amount) SELECT 'old', 1 FROM generate_series(1, 9);
SQL
	create_deferred($node, $db, '{}', %race);
	my $slow = $node->background_psql($db);
	is($slow->query_safe(q{BEGIN; INSERT INTO events (kind, amount) VALUES ('slow', 100) RETURNING id}), 10, 'race: transaction 1 takes id 10');
	is($node->safe_psql($db, q{INSERT INTO events (kind, amount) VALUES ('fast', 200) RETURNING id}), 11, 'race: transaction 2 takes id 11 and commits');
	is($node->safe_psql($db, q{SELECT method, rows_read FROM ivm.refresh('by_kind')}), 'delta|1', 'race: refresh');
	is($node->safe_psql($db, 'SELECT kind FROM by_kind ORDER BY 1'), "fast\nold", 'race: transaction 2 is shown, transaction 1 is not');
	$slow->query_safe('COMMIT');
	$slow->quit;
	is($node->safe_psql($db, q{SELECT method, rows_read FROM ivm.refresh('by_kind')}), 'delta|1', 'race: transaction 1 has committed, refresh');
	is($node->safe_psql($db, 'SELECT kind FROM by_kind ORDER BY 1'), "fast\nold\nslow", 'race: nothing is lost');
	is_exact($node, $db, 'race', %race);
}

# ---------------------------------------------------------------------------
# Two hundred tenants, a view for each, one job that refreshes them all by night.  One tenant has
# written a definition that divides by what may be zero, and one day it is.  The job stops there;
# the hundred tenants behind it find in the morning what they saw yesterday.
# ---------------------------------------------------------------------------
{
	$node->safe_psql($db, <<'SQL');
CREATE SCHEMA tenants;
CREATE TABLE tenants.sales (tenant int, day date, amount int, pieces int);
CREATE INDEX ON tenants.sales (tenant);
INSERT INTO tenants.sales SELECT 1 + i % 200, date '2026-01-01' + i % 60, i % 100, 1 + i % 3 FROM generate_series(1, 20000) i;
SELECT count(ivm.create_view('tenants.t' || n, format(
	CASE n WHEN 77 THEN 'SELECT day, sum(amount / pieces) AS per_piece FROM tenants.sales WHERE tenant = %s GROUP BY day'
		ELSE 'SELECT day, sum(amount) AS amount, count(*) AS n FROM tenants.sales WHERE tenant = %s GROUP BY day' END, n), 'deferred'))
FROM generate_series(1, 200) n;
-- a day of business
INSERT INTO tenants.sales SELECT n, '2026-03-15', 50, 2 FROM generate_series(1, 200) n;
INSERT INTO tenants.sales VALUES (77, '2026-03-15', 50, 0);
SQL
	my ($rc, $out, $err) = $node->psql($db, q{CALL ivm.refresh_all('tenants.%')});
	is($rc, 0, 'tenants: the job does not stop');
	is(join("\n", $err =~ /WARNING:.*/g), 'WARNING:  refresh of view "t77" failed: division by zero', 'tenants: one warning, which names the view');
	is($node->safe_psql($db, q{SELECT view_name, error FROM ivm.history WHERE error IS NOT NULL}), 'tenants.t77|division by zero', 'tenants: the history has it');
	is($node->safe_psql($db, q{SELECT count(*) FROM ivm.history WHERE view_name LIKE 'tenants.%' AND operation = 'refresh' AND method = 'delta' AND rows_read > 0 AND error IS NULL}), 199, 'tenants: 199 are refreshed');
	my %tenants = map { ("tenants.t$_" => "SELECT day, sum(amount) AS amount, count(*) AS n FROM tenants.sales WHERE tenant = $_ GROUP BY day") } 1, 76, 78, 200;
	is_exact($node, $db, 'tenants', %tenants);
	is($node->safe_psql($db, q{SELECT count(*) FROM tenants.t77 WHERE day = '2026-03-15'}), 0, 'tenants: the one shows what it showed yesterday');
	is($node->safe_psql($db, q{SELECT viewname FROM ivm.views WHERE schemaname = 'tenants' ORDER BY ivm.data_as_of(view) LIMIT 1}), 't77', 'tenants: and is the one whose data is oldest');

	# the row is corrected, and the next night all is well
	$node->safe_psql($db, 'UPDATE tenants.sales SET pieces = 1 WHERE pieces = 0');
	($rc, $out, $err) = $node->psql($db, q{CALL ivm.refresh_all('tenants.%', 0)});
	is("$rc$err", '0', 'tenants: all of them the next night');
	is_exact($node, $db, 'tenants, the next night', %tenants,
		'tenants.t77' => 'SELECT day, sum(amount / pieces) AS per_piece FROM tenants.sales WHERE tenant = 77 GROUP BY day');
}

# ---------------------------------------------------------------------------
# Stock is shown in real time, a report on it is refreshed by the hour, and by night a job makes sure
# that both are right, since two years ago somebody had written into a summary table by hand.
# Nothing has been wrong since.  Tonight something is.  The shop stays open.
# ---------------------------------------------------------------------------
{
	my %stock = (stock => 'SELECT article, sum(change) AS pieces FROM movements GROUP BY article');
	my %report = (stock_report => 'SELECT kind, count(DISTINCT article) AS articles, sum(change) AS pieces FROM movements JOIN articles USING (article) GROUP BY kind');
	my $reconcile = q{SELECT viewname, r.* FROM ivm.views, ivm.reconcile(view) r WHERE viewname IN ('stock', 'stock_report') ORDER BY viewname};

	$node->safe_psql($db, <<'SQL');
CREATE TABLE articles (article int PRIMARY KEY, kind text);
CREATE TABLE movements (article int, change int, at timestamptz DEFAULT now());
INSERT INTO articles SELECT i, 'kind' || i % 9 FROM generate_series(1, 300) i;
INSERT INTO movements SELECT 1 + i % 300, i % 20 - 5 FROM generate_series(1, 30000) i;
CREATE INDEX ON movements (article);
SQL
	create_views($node, $db, %stock);
	create_deferred($node, $db, '{}', %report);
	my $script = script('shop', <<'PGBENCH');
\set article random(1, 300)
\set change random(-3, 5)
INSERT INTO movements (article, change) VALUES (:article, :change);
SELECT pieces FROM stock WHERE article = :article;
SELECT * FROM stock_report;
PGBENCH
	my $shop = start_load($node, $db, '-c', 2, '-T', 4, '-f', $script);
	like($node->safe_psql($db, $reconcile), qr/^stock\|0\|0\|0$/m, 'stock: nothing is wrong with what is shown in real time, while it is written');
	$node->safe_psql($db, q{SELECT ivm.refresh('stock_report')});

	my ($state, $report) = map { $node->safe_psql($db, "SELECT state_table FROM ivm.views WHERE viewname = '$_'") } 'stock', 'stock_report';
	$node->safe_psql($db, "DELETE FROM $state WHERE article IN (SELECT article FROM $state ORDER BY article LIMIT 3)");
	$node->safe_psql($db, "DELETE FROM $report WHERE ctid = (SELECT min(ctid) FROM $report)");
	my ($one, $two) = split /\n/, $node->safe_psql($db, $reconcile);
	like($one, qr/^stock\|[0-3]\|[0-3]\|0$/, 'stock: three articles that were written by hand');
	isnt($one, 'stock|0|0|0', 'stock: are found');
	like($two, qr/^stock_report\|1\|\d\|0$/, 'stock: so is a kind that the report has lost');
	ok(finish_load($shop), 'stock: the shop stays open');
	is_exact($node, $db, 'stock', %stock);
	$node->safe_psql($db, q{SELECT ivm.refresh('stock_report')});
	is_exact($node, $db, 'stock: the report', %report);
	is($node->safe_psql($db, $reconcile), "stock|0|0|0\nstock_report|0|0|0", 'stock: nothing is wrong any more');
	is($node->safe_psql($db, q{SELECT count(*) > 0 FROM ivm.history WHERE view_name = 'public.stock' AND operation = 'reconcile' AND rows_inserted + rows_updated > 0}), 't', 'stock: and the history tells when it was');
}

# ---------------------------------------------------------------------------
# A dashboard may be five minutes old, not more.  Usually a job has refreshed it a minute ago, and it
# shows what is stored.  Tonight the job is dead.  Nobody notices: the dashboard takes a little
# longer, because it adds what was written since, and is right.
# ---------------------------------------------------------------------------
{
	my %dashboard = (dashboard => 'SELECT region, count(*) AS orders, sum(amount) AS amount FROM shop_orders JOIN shops USING (shop) GROUP BY region');
	my $total = q{SELECT sum(orders) FROM dashboard};
	my $later = sub { my ($interval) = @_; $node->safe_psql($db, qq{UPDATE ivm.watermark SET as_of = as_of - interval '$interval' WHERE view_id = (SELECT id FROM ivm.views WHERE viewname = 'dashboard')}); };

	$node->safe_psql($db, <<'SQL');
CREATE TABLE shops (shop int PRIMARY KEY, region text);
CREATE TABLE shop_orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shop int, amount int);
INSERT INTO shops SELECT i, 'region' || i % 5 FROM generate_series(1, 50) i;
INSERT INTO shop_orders (shop, amount) SELECT 1 + i % 50, i % 90 FROM generate_series(1, 10000) i;
CREATE INDEX ON shop_orders (shop);
SQL
	create_deferred($node, $db, '{"max_staleness": "5 min"}', %dashboard);
	$node->safe_psql($db, q{INSERT INTO shop_orders (shop, amount) VALUES (1, 10), (2, 20)});
	is($node->safe_psql($db, $total), 10000, 'dashboard: a moment old');
	$later->('4 min');
	is($node->safe_psql($db, $total), 10000, 'dashboard: four minutes old');
	unlike($node->safe_psql($db, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $total"), qr/Logged Rows/, 'dashboard: what is stored');
	is($node->safe_psql($db, q{SELECT ivm.data_as_of('dashboard') < now() - interval '4 min'}), 't', 'dashboard: it says so');
	$later->('2 min');
	is($node->safe_psql($db, $total), 10002, 'dashboard: six minutes would be too old');
	like($node->safe_psql($db, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $total"), qr/Logged Rows: 2/, 'dashboard: what was written since is added');
	is($node->safe_psql($db, q{SELECT ivm.data_as_of('dashboard') >= now() - interval '1 min'}), 't', 'dashboard: and it is of now');
	is_exact($node, $db, 'dashboard', %dashboard);
	is($node->safe_psql($db, q{SELECT method, rows_read FROM ivm.refresh('dashboard')}), 'delta|2', 'dashboard: the job is back');
	$node->safe_psql($db, q{INSERT INTO shop_orders (shop, amount) VALUES (1, 10)});
	is($node->safe_psql($db, $total), 10002, 'dashboard: a moment old again');
}

# ---------------------------------------------------------------------------
# A team has cron, and nothing else: psql -c 'CALL ivm.refresh_all()', every minute.  One minute there
# is much to do, and the next job starts before the first one has ended.  Of two jobs of their own
# making both would have added the same rows.
# ---------------------------------------------------------------------------
{
	my %views = map { ("cron$_" => "SELECT (k + $_) % 50 AS k, count(*) AS n, sum(v) AS s FROM cron_data GROUP BY 1") } 1 .. 12;
	my $write = script('cron', "\\set k random(0, 1000)\nINSERT INTO cron_data VALUES (:k, 1);\n");
	my @psql = ('psql', '-XAtq', '-d', $node->connstr($db), '-c', q{CALL ivm.refresh_all('public.cron%', 0)});

	$node->safe_psql($db, q{CREATE TABLE cron_data (k int, v int); INSERT INTO cron_data SELECT i % 1000, i FROM generate_series(1, 50000) i});
	create_deferred($node, $db, '{}', %views);
	my $load = start_load($node, $db, '-c', 2, '-T', 3, '-f', $write);
	for my $minute (1 .. 4)
	{
		my @jobs;
		$node->safe_psql($db, 'INSERT INTO cron_data SELECT i % 1000, i FROM generate_series(1, 10000) i');
		for my $n (0, 1)
		{
			my ($out, $err) = ('', '');
			push @jobs, { err => \$err, run => IPC::Run::start(\@psql, '<', \undef, '>', \$out, '2>', \$err) };
		}
		$_->{run}->finish for @jobs;
		is(join('', map { $_->{run}->result(0) . ${ $_->{err} } } @jobs), '00', "cron: both jobs of minute $minute succeed");
	}
	ok(finish_load($load), 'cron: customers have been served');
	$node->safe_psql($db, q{CALL ivm.refresh_all('public.cron%')});
	is_exact($node, $db, 'cron: no row is lost, none is counted twice', %views);

	# as it goes from a migration tool, which wraps everything in a transaction
	my ($rc, $out, $err) = $node->psql($db, q{BEGIN; CALL ivm.refresh_all(); COMMIT});
	like($err, qr/cannot run inside a transaction block/, 'cron: refresh_all() in a transaction says what is wrong');
	$node->safe_psql($db, q{INSERT INTO cron_data VALUES (1, 1); DO $$ BEGIN PERFORM ivm.refresh(view) FROM ivm.views WHERE viewname LIKE 'cron%'; END $$});
	is_exact($node, $db, 'cron: refreshed by a DO block', %views);
}

$node->stop;
done_testing();

#
# Three publishers of the same tables into one reporting server, whose views are exact at each moment: during the
# initial copies, under writers on all three, when a publisher or the reporting server dies, and when a
# publisher sends what another one has sent before.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $db = 'postgres';

# Keys of publisher n: above n million, and the partition n of p
my $tables = <<'SQL';
CREATE TABLE t (id bigint PRIMARY KEY, g int, x int, f float8, s text);
CREATE TABLE p (site int, id bigint, g int, x int, PRIMARY KEY (site, id)) PARTITION BY LIST (site);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
CREATE TABLE n (site int PRIMARY KEY, name text);
CREATE TABLE e (id bigint PRIMARY KEY, g int, x int);
CREATE TABLE u (id bigint PRIMARY KEY, g int, x int);
SQL
my %immediate = (%VIEWS,
	soles => 'SELECT g, count(*) AS n, sum(x) AS total, min(x) AS low FROM u GROUP BY g',
	sites => 'SELECT site, g % 5 AS k, count(*) AS n, sum(x) AS total, max(x) AS high FROM p GROUP BY site, g % 5',
	all_sites => 'SELECT count(*) AS n, sum(x) AS total, count(DISTINCT site) AS sites FROM p',
	names => 'SELECT n.name, count(p.id) AS n, min(p.x) AS low FROM n LEFT JOIN p USING (site) GROUP BY n.name',
	matches => 'SELECT p.site, t.g, count(*) AS n FROM p JOIN t ON t.g = p.g AND t.x > 900 GROUP BY p.site, t.g',
	cube => 'SELECT site, x % 3 AS r, count(*) AS n, sum(x) AS total FROM p GROUP BY CUBE (site, x % 3)');
my %fresh = (fresh => $immediate{sites}, fresh_names => $immediate{names});
my %stored = (stored => $VIEWS{sums}, appended => 'SELECT g, count(*) AS n, sum(x) AS total FROM e GROUP BY g');

# ---- publishers ----

my %publisher;
for my $site (1 .. 3)
{
	my $node = $publisher{$site} = make_node("publisher$site", allows_streaming => 'logical');

	# small, so that large transactions are sent before they commit
	$node->append_conf('postgresql.conf', "logical_decoding_work_mem = 64kB\n");
	$node->start;
	$node->safe_psql($db, <<"SQL");
$tables
CREATE SEQUENCE ids START @{[ $site * 1000000 ]};
ALTER TABLE t ALTER id SET DEFAULT nextval('ids');
ALTER TABLE e ALTER id SET DEFAULT nextval('ids');
ALTER TABLE u ALTER id SET DEFAULT nextval('ids');
ALTER TABLE p ALTER id SET DEFAULT nextval('ids'), ALTER site SET DEFAULT $site;
INSERT INTO t (g, x, f, s) SELECT i % 90, i % 997, i / 8.0, 's' || i % 17 FROM generate_series(1, 1500) i;
INSERT INTO p (g, x) SELECT i % 30, i % 997 FROM generate_series(1, 1500) i;
INSERT INTO e (g, x) SELECT i % 30, i FROM generate_series(1, 100) i;
INSERT INTO u (g, x) SELECT i % 3, i FROM generate_series(1, 100) i;
INSERT INTO n VALUES ($site, 'site $site');
CREATE PUBLICATION pub FOR TABLE t, p, n, e, u WITH (publish = 'insert, update, delete', publish_via_partition_root = @{[ $site == 2 ? 'on' : 'off' ]});
SQL
}

# ---- the reporting server; views and tables of several owners ----

my $reporting = make_node('reporting', allows_streaming => 'logical');
$reporting->append_conf('postgresql.conf', "max_worker_processes = 24\nmax_logical_replication_workers = 16\nwal_retrieve_retry_interval = 500\n");
$reporting->start;
$reporting->safe_psql($db, <<"SQL");
CREATE EXTENSION ivm;
CREATE ROLE clerk;
CREATE ROLE analyst;
GRANT USAGE, CREATE ON SCHEMA public TO clerk, analyst;
$tables
ALTER TABLE p OWNER TO clerk; ALTER TABLE p1 OWNER TO clerk; ALTER TABLE p2 OWNER TO clerk; ALTER TABLE p3 OWNER TO clerk;
GRANT SELECT, TRIGGER ON p, n, t TO analyst;
CREATE INDEX ON t (g);
CREATE INDEX ON p (g);
SQL
create_views($reporting, $db, %immediate);
create_deferred($reporting, $db, '{"max_staleness": "0"}', %fresh);
create_deferred($reporting, $db, '{}', stored => $stored{stored});
$reporting->safe_psql($db, qq{SELECT ivm.create_view('appended', '$stored{appended}', 'append', options => '{"watermark": "id", "overlap": "10000000"}')});
$reporting->safe_psql($db, "SET ROLE analyst; SELECT ivm.create_view('owned', '$immediate{sites}')");
%immediate = (%immediate, owned => $immediate{sites});
my %current = (%immediate, %fresh);

my %options = (1 => '', 2 => 'WITH (streaming = on, binary = on)', 3 => 'WITH (two_phase = on)');

my $write = script('fan_in_write', <<'PGBENCH');
\set g random(0, 89)
\set hot random(0, 2)
\set x random(0, 999)
\set k random(0, 1499)
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (:hot, :x, :x / 8.0, 's' || :x % 17);
UPDATE t SET g = :g, x = :x WHERE id = (SELECT min(id) + :k FROM t);
SAVEPOINT s;
DELETE FROM t WHERE id = (SELECT min(id) + :k + 1 FROM t);
INSERT INTO p (g, x) VALUES (:g % 30, :x), (:hot, :x);
\if :x % 4 = 0
ROLLBACK TO s;
\endif
UPDATE p SET x = :x, g = :hot WHERE site = (SELECT site FROM n) AND id = (SELECT min(id) + :k FROM p);
INSERT INTO e (g, x) VALUES (:hot, :x);
INSERT INTO u (g, x) VALUES (:hot, :x);
COMMIT;
PGBENCH

sub load { my ($site, $seconds) = @_; return start_load($publisher{$site}, $db, '-c', 2, '-T', $seconds, '-R', 60, '-f', $write); }

my $stays = $reporting->background_psql($db);
my ($moments, $wrong) = (0, '');

# All views against their definitions, by new sessions and by one that stays
sub look
{
	my ($stop) = @_;

	while (!$stop->())
	{
		$wrong .= $reporting->safe_psql($db, diff_query(%current) . ' LIMIT 5');
		$wrong .= $stays->query_safe(diff_query(%current) . ' LIMIT 5');
		$moments += 2;
	}
	return;
}

# ---- initial copies, under writers ----

my %loads = map { $_ => load($_, 15) } 1 .. 3;
$reporting->safe_psql($db, "CREATE SUBSCRIPTION sub$_ CONNECTION '@{[ $publisher{$_}->connstr ]} dbname=$db' PUBLICATION pub $options{$_}") for 1 .. 3;
look(sub { $reporting->safe_psql($db, q{SELECT count(*) = 0 FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')}) eq 't' });
cmp_ok($moments, '>', 1, "compared at $moments moments of the initial copies");

# ---- under writers; a snapshot that stays ----

my $old = $reporting->background_psql($db);
$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $shown = $old->query_safe('TABLE sums ORDER BY g');
my $ended = time + 6;
look(sub { time > $ended });
is($old->query_safe(diff_query(%current)), '', 'exact: a snapshot that stays');
is($old->query_safe('TABLE sums ORDER BY g'), $shown, 'which shows what it did');
$old->query_safe('COMMIT');
$old->quit;
# refreshes, folds and a large transaction beside them
$publisher{2}->safe_psql($db, 'INSERT INTO p (g, x) SELECT i % 30, i FROM generate_series(1, 6000) i; UPDATE p SET x = x + 1 WHERE id % 3 = 0');
for (1 .. 3)
{
	$reporting->safe_psql($db, 'CALL ivm.refresh_all(); SELECT ivm.fold(view) FROM ivm.views');
	look(sub { $moments++ % 4 == 0 });
}
for my $site (1 .. 3)
{
	ok(finish_load($loads{$site}), "writers of publisher $site");
}

# A view's rows are those that publishers have sent, each once
sub same
{
	my ($what) = @_;

	$publisher{$_}->wait_for_catchup("sub$_") for 1 .. 3;
	is_exact($reporting, $db, $what, %current);
	$reporting->safe_psql($db, 'CALL ivm.refresh_all()');
	is_exact($reporting, $db, "$what, refreshed", %current, %stored);
	for my $table ('t', 'p', 'n', 'e', 'u')
	{
		my $rows = "SELECT count(*), md5(string_agg(q::text, ';' ORDER BY q::text COLLATE \"C\")) FROM $table q";
		my $key = $table =~ /[pn]/ ? 'site' : 'id / 1000000';

		for my $site (1 .. 3)
		{
			is($reporting->safe_psql($db, "$rows WHERE $key = $site"), $publisher{$site}->safe_psql($db, $rows), "$what: rows of $table, of publisher $site");
		}
	}
	return;
}

same('written');

# ---- a transaction prepared on a publisher, which is prepared here, too ----
# The others go on, though they change the same groups: it has written tables that no join reads

$publisher{3}->safe_psql($db, <<'SQL');
BEGIN;
INSERT INTO u (g, x) SELECT i % 3, i FROM generate_series(1, 50) i;
INSERT INTO e (g, x) SELECT 2000 + i % 3, i FROM generate_series(1, 50) i;
DELETE FROM u WHERE x < 10;
PREPARE TRANSACTION 'p';
SQL
wait_until($reporting, $db, 'SELECT count(*) = 1 FROM pg_prepared_xacts');
%loads = map { $_ => load($_, 4) } 1, 2;
$ended = time + 3;
look(sub { time > $ended });
ok(finish_load($loads{$_}), "writers of publisher $_ beside a prepared transaction") for 1, 2;
is_exact($reporting, $db, 'prepared', %current);
$publisher{$_}->wait_for_catchup("sub$_") for 1, 2;

# ---- the reporting server dies with it, a publisher dies ----

%loads = map { $_ => load($_, 8) } 1, 2;
$reporting->kill9;
ok(start_again($reporting), 'the reporting server is back');
$stays = $reporting->background_psql($db);
is_exact($reporting, $db, 'after a crash', %current);
$publisher{1}->kill9;
finish_load($loads{1});
look(sub { $moments++ % 4 == 0 });
ok(start_again($publisher{1}), 'a publisher is back');
ok(finish_load($loads{2}), 'writers of the other one');
$publisher{3}->safe_psql($db, q{COMMIT PREPARED 'p'});
same('after crashes');

# changes of both sides of a join, which do not commute: the other publisher waits until the prepared ones are committed
$publisher{3}->safe_psql($db, q{BEGIN; INSERT INTO p (g, x) VALUES (3000, 1); PREPARE TRANSACTION 'p'});
wait_until($reporting, $db, 'SELECT count(*) = 1 FROM pg_prepared_xacts');
$publisher{1}->safe_psql($db, q{INSERT INTO t (g, x, f, s) VALUES (3000, 950, 1, 'waits')});
wait_until($reporting, $db, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type LIKE 'logical replication %worker' AND wait_event_type = 'Lock'});
is_exact($reporting, $db, 'a publisher waits for the keys of a prepared transaction', %current);
$publisher{3}->safe_psql($db, q{COMMIT PREPARED 'p'});
same('which ends');
is($reporting->safe_psql($db, 'SELECT n FROM matches WHERE g = 3000'), '1', 'the match of both is there');
is($reporting->safe_psql($db, 'SELECT count(*) FROM pg_prepared_xacts'), '0', 'the prepared transaction is committed');

is($wrong, '', "exact: at $moments moments");
my $log = slurp_file($reporting->logfile);
unlike($log, qr/TRAP|PANIC/, 'no crash but those made');
unlike($log, qr/ 40P01 /, 'no deadlock');
unlike($log, qr/ XX\d\d\d /, 'no internal error');
# PostgreSQL leaks a reference per row where a partition that rows are routed to has any AFTER trigger
my @errors = grep { !/relcache reference leak: relation "p2" not closed|resource was not closed: relation "p2"/ } grep { !/could not receive data from WAL stream|could not connect|connection to server|no COPY in progress|terminating|server closed|error reading result of streaming command|could not send end-of-streaming message|lock file "postmaster.pid" already exists/ } $log =~ /^(.*(?:ERROR|WARNING|FATAL):.*)$/mg;
is(join("\n", @errors), '', 'the apply workers reported no error of theirs');

# ---- what key ranges are for ----

$publisher{1}->safe_psql($db, "INSERT INTO t (id, g, x, f, s) VALUES (2500000, 5, 5, 5, 'from elsewhere')");
$publisher{1}->wait_for_catchup('sub1');
is_exact($reporting, $db, 'a key of another publisher, but free', %current);
$publisher{2}->safe_psql($db, "INSERT INTO t (id, g, x, f, s) VALUES (2500000, 6, 6, 6, 'a conflict')");
$publisher{2}->safe_psql($db, 'INSERT INTO p (g, x) VALUES (1, 1)');
$reporting->wait_for_log(qr/duplicate key value violates unique constraint "t_pkey"|conflict=insert_exists/);
$publisher{3}->safe_psql($db, "INSERT INTO t (g, x, f, s) VALUES (1, 1, 1, 'goes on')");
$publisher{3}->wait_for_catchup('sub3');
is_exact($reporting, $db, 'a conflict, which stops one subscription', %current);
$reporting->safe_psql($db, 'DELETE FROM t WHERE id = 2500000');
$publisher{2}->wait_for_catchup('sub2');
is_exact($reporting, $db, 'solved', %current);
is($reporting->safe_psql($db, 'SELECT s FROM t WHERE id = 2500000'), 'a conflict', 'and the row is there');

# TRUNCATE, if it is published, empties what all have sent
$publisher{1}->safe_psql($db, q{ALTER PUBLICATION pub SET (publish = 'insert, update, delete, truncate')});
$publisher{1}->safe_psql($db, 'TRUNCATE e, n');
$publisher{1}->wait_for_catchup('sub1');
is($reporting->safe_psql($db, 'SELECT count(*) FROM n'), '0', 'a publisher empties a table');
is_exact($reporting, $db, 'which is followed', %current);

$stays->quit;
$reporting->safe_psql($db, "DROP SUBSCRIPTION sub$_") for 1 .. 3;
$_->stop for $reporting, values %publisher;
done_testing();

#
# A subscriber with views on subscribed tables: the apply worker, whose
# search_path is empty, maintains them.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = make_node('publisher', allows_streaming => 'logical');
$publisher->start;
my $subscriber = make_node('subscriber', allows_streaming => 'logical');
$subscriber->start;

$publisher->safe_psql('postgres', <<'SQL');
CREATE TABLE t (id bigserial PRIMARY KEY, g int, x int, f float8, s text);
INSERT INTO t (g, x, f, s)
	SELECT i % 90, i % 997, i / 8.0, 's' || i % 17 FROM generate_series(1, 2000) i;
CREATE TABLE d (g int PRIMARY KEY, name text, region int);
INSERT INTO d SELECT i, 'name' || i % 40, i % 5 FROM generate_series(1, 80) i;
CREATE PUBLICATION pub FOR TABLE t, d;
SQL
$subscriber->safe_psql('postgres', <<'SQL');
CREATE EXTENSION ivm;
CREATE TABLE t (id bigserial PRIMARY KEY, g int, x int, f float8, s text);
SQL
create_views($subscriber, 'postgres', %VIEWS);
setup_joins($subscriber, 'postgres');
$subscriber->safe_psql('postgres', 'TRUNCATE d');
%VIEWS = (%VIEWS, %JOINS);
my $connstr = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION sub CONNECTION '$connstr' PUBLICATION pub");
$subscriber->wait_for_subscription_sync($publisher, 'sub');

sub same
{
	my ($what) = @_;

	$publisher->wait_for_catchup('sub');
	is_exact($subscriber, 'postgres', $what);
	is( $subscriber->safe_psql('postgres', 'SELECT * FROM sums ORDER BY g'),
		$publisher->safe_psql('postgres', "$VIEWS{sums} ORDER BY g"), "same as on the publisher: $what");
	return;
}

same('initial copy');
$publisher->safe_psql('postgres', <<'SQL');
INSERT INTO t (g, x, f, s) SELECT i % 30, i, i, 'p' FROM generate_series(1, 300) i;
DELETE FROM t WHERE id % 40 = 1;
UPDATE t SET g = g + 200 WHERE id % 50 = 2;
BEGIN;
INSERT INTO t (g, x, f, s) VALUES (7, 1, 1, 'q');
SAVEPOINT p;
DELETE FROM t WHERE g = 7;
ROLLBACK TO p;
UPDATE t SET s = 'r' WHERE g = 7;
UPDATE d SET name = name || '!', region = 1 WHERE g % 7 = 0;
DELETE FROM d WHERE g = 14;
COMMIT;
SQL
same('changes');
my $script = script('logical', <<'PGBENCH');
\set g random(0, 20)
\set x random(0, 999)
\set id random(1, 2000)
INSERT INTO t (g, x, f, s) VALUES (:g, :x, :x / 8.0, 's' || :x);
DELETE FROM t WHERE id = :id;
UPDATE t SET g = :g, x = :x WHERE id = :id + 1;
UPDATE d SET name = 'name' || :x % 50, region = :x % 5 WHERE g = 1 + :id % 80;
PGBENCH
my $load = start_load($publisher, 'postgres', '-c', 4, '-T', 2, '-f', $script);
my $compared = 0;
for (1 .. 4)
{
	$compared++ if $subscriber->safe_psql('postgres', diff_query(%VIEWS) . ' LIMIT 5') eq '';
	# writers of the subscriber's own, beside the apply worker
	$subscriber->safe_psql('postgres', "INSERT INTO t (id, g, x, f, s) VALUES (-$_, 3, -1, 1, 'own')");
}
is($compared, 4, 'exact: under load');
ok(finish_load($load), 'load on the publisher');
$subscriber->safe_psql('postgres', 'DELETE FROM t WHERE id < 0');
same('after the load');
$publisher->safe_psql('postgres', 'TRUNCATE t');
same('TRUNCATE');
$publisher->safe_psql('postgres', "INSERT INTO t (g, x, f, s) SELECT i % 5, i, i, 'n' FROM generate_series(1, 50) i");
same('after TRUNCATE');
unlike(slurp_file($subscriber->logfile), qr/ERROR:/, 'the apply worker reported no error');

# The other way: a publication of all tables does not stop maintenance.
$subscriber->safe_psql('postgres', 'CREATE PUBLICATION everything FOR ALL TABLES');
$subscriber->safe_psql('postgres', <<'SQL');
INSERT INTO t (id, g, x, f, s) VALUES (-1, 3, -1, 1, 'own'), (-2, 99, -1, 1, 'own');
UPDATE t SET x = 5 WHERE id = -2;
DELETE FROM t WHERE id = -1;
SELECT ivm.fold(view) FROM ivm.view WHERE part_of IS NULL;
SQL
is_exact($subscriber, 'postgres', 'published FOR ALL TABLES');

$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION sub');
$subscriber->stop;
$publisher->stop;
done_testing();

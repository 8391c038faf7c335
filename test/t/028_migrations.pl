#
# Migrations as Flyway, sqitch, Rails and Django run them: a series of SQL scripts, each in one
# transaction, up, down and up again, over tables with rows; test databases made by TEMPLATE,
# tests in transactions with savepoints; and sessions as a connection pool in transaction mode
# gives them, with DISCARD ALL after each transaction.
#
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IvmTest;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = make_node('migrations');
$node->start;

my %first = (
	product_sales => 'SELECT product, count(*) AS n, sum(amount) AS amount FROM sales GROUP BY product',
	name_sales => 'SELECT p.name, sum(s.amount) AS amount FROM sales s JOIN products p ON p.id = s.product GROUP BY p.name');
my %second = (%first, product_sales => 'SELECT product, count(*) AS n, sum(amount) AS amount, max(day) AS last_day FROM sales GROUP BY product');
my $day_sales = 'SELECT day, sum(amount) AS amount FROM sales GROUP BY day';
my $fresh_sales = 'SELECT day, max(amount) AS amount FROM sales GROUP BY day';
my $event_counts = 'SELECT kind, count(*) AS n FROM events GROUP BY kind';
my %others = (day_sales => $day_sales, fresh_sales => $fresh_sales, event_counts => $event_counts);
my $create_first = join '', map { "SELECT ivm.create_view('$_', '$first{$_}');\n" } sort keys %first;
my $create_others = <<"SQL";
SELECT ivm.create_view('day_sales', '$day_sales', 'deferred');
SELECT ivm.create_view('fresh_sales', '$fresh_sales', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('event_counts', '$event_counts', 'append', options => '{"watermark": "id"}');
SQL
my $create_second = join '', map { "SELECT ivm.create_view('$_', '$second{$_}');\n" } sort keys %second;
my $drop_all = 'SELECT ivm.drop_view(viewname) FROM ivm.views WHERE schemaname = current_schema;';

# Each migration: what it does, what takes it back, and the immediate views and others that are there then
my @migrations = (
	{   up => <<'SQL', down => 'DROP TABLE events, sales, products;', views => {} },
CREATE EXTENSION IF NOT EXISTS ivm;
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE sales (id bigserial PRIMARY KEY, product int NOT NULL REFERENCES products ON DELETE CASCADE, day date NOT NULL, amount numeric(10,2) NOT NULL);
CREATE TABLE events (id bigserial PRIMARY KEY, kind int NOT NULL);
INSERT INTO products SELECT i, 'name' || i % 4 FROM generate_series(1, 9) i;
INSERT INTO sales (product, day, amount) SELECT 1 + i % 9, date '2026-01-01' + i % 7, i FROM generate_series(1, 200) i;
SQL
	{ up => $create_first . $create_others, down => $drop_all, views => { %first, %others } },
	# another definition in the place of the first
	{   up => "SELECT ivm.create_view('product_sales', '$second{product_sales}', options => '{\"replace\": true}');",
		down => "SELECT ivm.drop_view('product_sales'); SELECT ivm.create_view('product_sales', '$first{product_sales}');",
		views => { %second, %others } },
	# columns and indexes that views do not mind
	{   up => "ALTER TABLE sales ADD COLUMN note text NOT NULL DEFAULT ''; CREATE INDEX sales_product ON sales (product); SELECT ivm.create_index('product_sales', 'amount', 'product_sales_amount');",
		down => 'DROP INDEX IF EXISTS ivm_data.product_sales_amount; DROP INDEX sales_product; ALTER TABLE sales DROP COLUMN note;',
		views => { %second, %others } },
	# a type that they do mind: views, rows and all in one transaction
	{   up => "$drop_all ALTER TABLE sales ALTER COLUMN amount TYPE numeric(14,4); UPDATE sales SET amount = amount + 0.0001 WHERE id % 3 = 0; $create_second $create_others",
		down => "$drop_all ALTER TABLE sales ALTER COLUMN amount TYPE numeric(10,2); $create_second $create_others",
		views => { %second, %others } });
my $level = 0;

# What is there is right: immediate and fresh views at once, the others when they are refreshed
sub check
{
	my ($db, $what, %views) = @_;
	my %current = map { $_ => $views{$_} } grep { !/^(day_sales|event_counts)$/ } keys %views;

	is_exact($node, $db, $what, %current) if %current;
	return unless %views;
	is($node->safe_psql($db, q{SELECT viewname, status, reason FROM ivm.views WHERE status <> 'ready'}), '', "ready: $what");
	$node->safe_psql($db, 'CALL ivm.refresh_all()');
	is_exact($node, $db, "$what, refreshed", %views);
	is($node->safe_psql($db, 'SELECT viewname, r.* FROM ivm.views, ivm.verify_view(view) r'), '', "verified: $what");
	return;
}

my $rows = <<'SQL';
INSERT INTO sales (product, day, amount) SELECT 1 + i % 9, date '2026-01-03' + i % 7, i FROM generate_series(1, 30) i;
UPDATE sales SET amount = amount + 1 WHERE id % 5 = 0;
DELETE FROM sales WHERE id % 13 = 0;
INSERT INTO events (kind) SELECT i % 3 FROM generate_series(1, 20) i;
SQL

sub migrate
{
	my ($to) = @_;

	while ($level != $to)
	{
		my $up = $level < $to;
		my $migration = $migrations[ $up ? $level : $level - 1 ];
		my $script = script('migration', $up ? $migration->{up} : $migration->{down});

		$node->command_ok([ 'psql', '-XAtq', '-1', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('shop'), '-f', $script ], ($up ? 'up from ' : 'down from ') . $level);
		$level += $up ? 1 : -1;
		next if $level == 0;
		my %views = %{ $migrations[ $level - 1 ]{views} };
		check('shop', "level $level", %views);
		$node->safe_psql('shop', $rows);
		check('shop', "level $level, written", %views);
	}
	return;
}

# ---- up, down, up ----

$node->safe_psql('postgres', 'CREATE DATABASE shop');
migrate($_) for 5, 0, 3, 1, 5, 2, 5;
is( $node->safe_psql('shop', q{SELECT count(*) FROM pg_trigger WHERE tgname ~ '^ivm_capture' AND tgenabled <> 'A'}), 0, 'capture is on');
migrate(1);
is( $node->safe_psql('shop', q{SELECT (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'sales'::regclass AND NOT tgisinternal),
	(SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace), (SELECT count(*) FROM ivm.view), (SELECT count(*) FROM ivm.change_log)}),
	'0|0|0|0', 'nothing is left of what was taken back');
migrate(5);
# a migration that fails leaves all as it was
my $before = $node->safe_psql('shop', 'SELECT * FROM ivm.view ORDER BY id');
for my $failing ("$migrations[4]{down} SELECT 1 / 0;", "SELECT ivm.create_view('product_sales', 'SELECT product, random() FROM sales', options => '{\"replace\": true}');")
{
	$node->command_fails([ 'psql', '-XAtq', '-1', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('shop'), '-f', script('migration', $failing) ], 'a migration that fails');
	is($node->safe_psql('shop', 'SELECT * FROM ivm.view ORDER BY id'), $before, 'nothing has changed');
}
my %views = (%second, %others);
$node->safe_psql('shop', $rows);
check('shop', 'after failed migrations', %views);

# ---- test databases by TEMPLATE, tests in transactions ----

# Compares within the transaction, where verify_view() sees what was written, too
my $compare = join '', map { "SELECT '$_: ' || count(*) FROM ((TABLE $_ EXCEPT ALL ($views{$_})) UNION ALL (($views{$_}) EXCEPT ALL TABLE $_)) d;\n" } qw(name_sales product_sales fresh_sales);
my $exact = "fresh_sales: 0\nname_sales: 0\nproduct_sales: 0";
my $test = <<"SQL";
BEGIN;
DELETE FROM sales WHERE product = 1;
SAVEPOINT a;
UPDATE products SET name = 'other' WHERE id < 5;
SAVEPOINT b;
TRUNCATE sales;
$compare
ROLLBACK TO b;
$compare
DELETE FROM products WHERE id = 2;
RELEASE a;
$compare
INSERT INTO sales (product, day, amount) VALUES (3, '2026-05-05', 7);
$compare
ROLLBACK;
$compare
SQL
for my $i (1, 2)
{
	$node->safe_psql('postgres', "CREATE DATABASE shop_test_$i TEMPLATE shop");
}
my @tests = map { start_sql($node, "shop_test_$_", $test x 3) } 1, 2;
is(join(' ', sort(map { split /\n/ } finish_sql($_))), join(' ', sort((split /\n/, $exact) x 15)), 'in a transaction with savepoints') for @tests;
for my $i (1, 2)
{
	# what tests that commit do: all tables are emptied, and fixtures are loaded
	$node->safe_psql("shop_test_$i", "TRUNCATE products, sales, events; INSERT INTO products VALUES (1, 'a'), (2, 'b'); INSERT INTO sales (product, day, amount) VALUES (1, '2026-01-01', 2), (2, '2026-01-01', 3)");
	check("shop_test_$i", 'emptied and filled', %views);
	$node->safe_psql("shop_test_$i", 'BEGIN; ALTER TABLE sales DISABLE TRIGGER ALL; ALTER TABLE products DISABLE TRIGGER ALL; DELETE FROM sales; INSERT INTO sales (product, day, amount) VALUES (1, \'2026-01-01\', 5); ALTER TABLE sales ENABLE TRIGGER ALL; ALTER TABLE products ENABLE TRIGGER ALL; COMMIT; CALL ivm.refresh_all()');
	check("shop_test_$i", 'fixtures with triggers disabled', %views);
	$node->safe_psql("shop_test_$i", "INSERT INTO products VALUES (5, 'c'), (6, 'd'); INSERT INTO sales (product, day, amount) SELECT 5, '2026-01-01', i FROM generate_series(1, 20) i");
	check("shop_test_$i", 'fixtures, written', %views);
	$node->safe_psql('postgres', "DROP DATABASE shop_test_$i");
}

# ---- DISCARD ALL after each transaction ----

my $discard = script('discard', <<"SQL");
\\set product random(1, 9)
\\set amount random(1, 1000)
BEGIN;
INSERT INTO sales (product, day, amount) VALUES (:product, date '2026-01-01' + :product, :amount);
UPDATE products SET name = 'name' || :amount % 4 WHERE id = :product AND :amount % 10 = 0;
SELECT 1 / (count(*) = 0)::int FROM ((TABLE product_sales EXCEPT ALL ($views{product_sales})) UNION ALL (($views{product_sales}) EXCEPT ALL TABLE product_sales)) d;
COMMIT;
DISCARD ALL;
DELETE FROM sales WHERE id = (SELECT min(id) FROM sales WHERE product = :product);
DISCARD ALL;
INSERT INTO events (kind) VALUES (:product);
DISCARD ALL;
SELECT * FROM fresh_sales WHERE day = date '2026-01-01' + :product;
DISCARD ALL;
SELECT method FROM ivm.refresh('day_sales', wait => false);
DISCARD ALL;
SQL
my $load = start_load($node, 'shop', '-c', 4, '-t', 100, '-f', $discard);
ok(finish_load($load), 'pooled sessions') or diag($load->{err});
check('shop', 'pooled sessions', %views);
unlike(slurp_file($node->logfile), qr/TRAP|PANIC|signal \d/, 'no crash');
$node->stop;
done_testing();

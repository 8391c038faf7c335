-- create_index: indexes on columns of a view that queries on the view use.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA create_index;
SET search_path = create_index, ivm_test, public;

CREATE TABLE t (id int PRIMARY KEY, k int, s text, x numeric, f float8);
INSERT INTO t SELECT g, g % 50, 's' || g % 11, g, g / 4.0 FROM generate_series(1, 500) g;
SELECT make_view('v', 'SELECT k, sum(x) AS sum, avg(f) AS mean, max(s) AS m, sum(x) / count(*) AS ratio,
	sum(x) - count(*) AS less, rank() OVER (ORDER BY k) AS r, to_char(max(id), ''999'') AS c FROM t GROUP BY k');
SELECT make_view('plain', 'SELECT k, sum(x) AS sum, avg(f) AS mean, max(s) AS m, upper(max(s)) AS u FROM t GROUP BY k');
SELECT make_view('bag', 'SELECT k, s FROM t');
SELECT ivm.create_index('plain', 'sum DESC, k', 'create_index_sum');
SELECT ivm.create_index('plain', 'mean', 'create_index_mean');
SELECT ivm.create_index('plain', 'u text_pattern_ops', 'create_index_u');
SELECT ivm.create_index('plain', '(sum + 1)', 'create_index_plus');
SELECT ivm.create_index('plain', 'm COLLATE "C" DESC NULLS LAST', 'create_index_m');
SELECT ivm.create_index('plain', 'k, m', 'create_index_key', true);
SELECT ivm.create_index('bag', 's', 'create_index_bag');
SELECT construct, strategy, write_cost FROM ivm.explain_view('plain') WHERE code = 'index_of_aggregates';
SELECT count(*) FROM ivm.explain_view('bag') WHERE code = 'index_of_aggregates';
ANALYZE;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan_of('SELECT * FROM plain ORDER BY sum DESC, k LIMIT 3');
SELECT plan_of('SELECT * FROM plain WHERE mean > 100');
SELECT plan_of('SELECT * FROM plain WHERE u = ''S1''');
SELECT plan_of('SELECT * FROM plain WHERE sum + 1 > 10000');
SELECT plan_of('SELECT * FROM bag WHERE s = ''s1''');

-- they are exact with changes pending
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE t SET x = x * 100 WHERE k = 3;
INSERT INTO t VALUES (1000, 999, 'z', 1e6, 1e6);
COMMIT;
BEGIN;
UPDATE t SET x = -x WHERE k = 7;
SELECT k, sum FROM plain ORDER BY sum DESC, k LIMIT 3;
SELECT k, sum FROM plain ORDER BY sum, k DESC LIMIT 3;
SELECT k, sum FROM plain WHERE sum + 1 > 100000 ORDER BY k;
SELECT k FROM plain WHERE u = 'Z';
COMMIT;
SELECT k, sum FROM plain ORDER BY sum DESC, k LIMIT 3;
SELECT * FROM check_views();
RESET enable_seqscan;
RESET enable_bitmapscan;

SELECT ivm.create_index('bag', 's') IS NOT NULL AS named;

-- what cannot be indexed
SELECT ivm.create_index('v', 'r');
SELECT ivm.create_index('v', 'ratio');
SELECT ivm.create_index('v', 'less', 'create_index_less');
SELECT ivm.create_index('v', 'c');
SELECT ivm.create_index('v', 'sum', "unique" => true);
SELECT ivm.create_index('bag', 'k, s', "unique" => true);
SELECT ivm.create_index('v', 'nothing');
SELECT ivm.create_index('v', 'k,');
SELECT ivm.create_index('v', 'k) WHERE (true');
SELECT ivm.create_index('v', 'k) INCLUDE (sum');
SELECT ivm.create_index('v', 'k); DROP TABLE t; SELECT (1');
SELECT ivm.create_index('v', '(count(k))');
SELECT ivm.create_index('v', '((SELECT 1))');
SELECT ivm.create_index('v', 'k', 'create_index_sum');
SELECT ivm.create_index('v', 'k', '');
SELECT ivm.create_index('v', NULL);
SELECT ivm.create_index(NULL, 'k');
SELECT ivm.create_index('v', 'k', "unique" => NULL);
SELECT ivm.create_index('t', 'k');
CREATE INDEX ON v (k);
CREATE ROLE regress_ivm_index;
GRANT USAGE ON SCHEMA create_index TO regress_ivm_index;
GRANT ALL ON ALL TABLES IN SCHEMA create_index TO regress_ivm_index;
SET ROLE regress_ivm_index;
SELECT ivm.create_index('v', 'k');
RESET ROLE;
SELECT * FROM check_views();
DROP SCHEMA create_index CASCADE;
DROP ROLE regress_ivm_index;

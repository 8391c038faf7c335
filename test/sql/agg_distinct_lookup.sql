-- DISTINCT inside aggregates, followed by looking values up in an index on key and value.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_distinct_lookup;
SET search_path = agg_distinct_lookup, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
CREATE INDEX t_g_x ON t (g, x);
CREATE INDEX t_s_g ON t (s, g);
CREATE INDEX t_x ON t (x);
CREATE INDEX t_s ON t (s);
CREATE INDEX t_odd ON t ((x % 2), g);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 'a'),
	(2, 1, 1, 'a'),
	(3, 1, 2, 'A'),
	(4, 1, NULL, NULL),
	(5, 2, 3, 'b'),
	(6, 2, 3, 'b'),
	(7, 2, 3, 'c'),
	(8, 3, NULL, NULL),
	(9, NULL, 5, 'x'),
	(10, NULL, 5, 'y'),
	(11, NULL, 6, 'x');
SELECT make_view('d', $$SELECT g, count(DISTINCT x) AS c, sum(DISTINCT x) AS s, avg(DISTINCT x) AS a, variance(DISTINCT x) AS v, count(x) FROM t GROUP BY g$$);
SELECT make_view('texts', $$SELECT g, count(DISTINCT s) AS c, count(*) AS n FROM t GROUP BY g HAVING count(DISTINCT s) <> 1$$);
SELECT make_view('filtered', $$SELECT g, count(DISTINCT x) FILTER (WHERE s <> 'a') AS c, sum(DISTINCT x % 2) AS s FROM t WHERE id <> 7 GROUP BY g$$);
SELECT make_view('global', $$SELECT count(DISTINCT x) AS c, count(DISTINCT s) AS d FROM t$$);
\i :change_values
-- what has changed is in the state, and no group has to be computed
CREATE FUNCTION waiting(view text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s', (SELECT v.delta FROM ivm.view v WHERE v.view = $1::regclass)) INTO n;
	RETURN n;
END $$;
SELECT ivm.fold(v) >= 0 FROM unnest(ARRAY['d', 'texts', 'filtered', 'global']) v;
SET ivm.fold_batch = 0;		-- writers fold nothing in passing
INSERT INTO t VALUES (101, 1, 77, 'new'), (102, 1, 77, 'new'), (103, NULL, 5, 'x'), (104, 9, NULL, NULL);
UPDATE t SET s = 'newer' WHERE id = 102;
DELETE FROM t WHERE id = 101;
SELECT v, waiting(v) FROM unnest(ARRAY['d', 'texts', 'filtered', 'global']) v;
-- the last row with a value goes, in a savepoint that is rolled back, and in one that is not
BEGIN;
SAVEPOINT s;
DELETE FROM t WHERE id = 102;
ROLLBACK TO s;
UPDATE t SET x = 78 WHERE id = 102;
SAVEPOINT s;
INSERT INTO t VALUES (105, 1, 77, 'new');
RELEASE s;
SELECT g, c FROM d WHERE g = 1;
COMMIT;
SELECT g, c FROM d WHERE g = 1;
SELECT v, waiting(v) FROM unnest(ARRAY['d', 'texts', 'filtered', 'global']) v;
SELECT ivm.verify_view(v) FROM unnest(ARRAY['d', 'texts', 'filtered', 'global']) v;
-- without one of its indexes a view is as exact, and says so
SELECT construct, strategy, note, code FROM ivm.explain_view('d') WHERE code LIKE 'aggregate_distinct%';
DROP INDEX t_g_x;
SELECT construct, strategy, note, code FROM ivm.explain_view('d') WHERE construct = 'count(DISTINCT x)';
INSERT INTO t VALUES (106, 1, 79, 'new');
DELETE FROM t WHERE id = 102;
SELECT waiting('d') > 0 AS marked;
SELECT ivm.verify_view('d');
CREATE INDEX t_x_g ON t (x, g, s);
SELECT construct, strategy, code FROM ivm.explain_view('d') WHERE construct = 'count(DISTINCT x)';
SELECT ivm.fold('d') > 0 AS folded;
INSERT INTO t VALUES (107, 1, 80, 'new');
DELETE FROM t WHERE id = 106;
SELECT waiting('d');
SELECT ivm.verify_view('d');
-- an index of some rows serves where these are all that count
DROP INDEX t_x_g;
CREATE INDEX t_some ON t (g, x) WHERE s IS NOT NULL;
SELECT strategy FROM ivm.explain_query('SELECT g, count(DISTINCT x) FROM t GROUP BY g') WHERE code LIKE 'aggregate_distinct%';
SELECT strategy FROM ivm.explain_query('SELECT g, count(DISTINCT x) FROM t WHERE s = ''a'' GROUP BY g') WHERE code LIKE 'aggregate_distinct%';
CREATE INDEX t_all ON t (g, x);
-- nor is it looked for to the end among many rows that do not count
INSERT INTO t SELECT 5000 + i, 50, 500, 'a' FROM generate_series(1, 1500) i;
SELECT ivm.fold('filtered') >= 0 AS folded;
SELECT waiting('filtered');
INSERT INTO t VALUES (6999, 50, 500, 'b');
SELECT waiting('filtered') > 0 AS marked;
SELECT ivm.verify_view('filtered');
DELETE FROM t WHERE id BETWEEN 5001 AND 6500;
-- an index column has its collation apart
CREATE TABLE u (g int, j text);
INSERT INTO u VALUES (1, 'a'), (1, 'A'), (1, 'a');
CREATE INDEX ON u (g, (j COLLATE "und-x-icu"));
SELECT make_view('collated', $$SELECT g, count(DISTINCT j COLLATE "und-x-icu") AS c FROM u GROUP BY g$$);
INSERT INTO u VALUES (1, 'b');
SELECT waiting('collated');
-- many values, which keep out other writers of the view instead of being locked
INSERT INTO t SELECT 1000 + i, 1, 1000 + i, 'many' FROM generate_series(1, 300) i;
SELECT waiting('d');
SELECT ivm.verify_view('d');
-- what is written out early is not looked up: the group is computed
SET ivm.pending_mem = 64;
INSERT INTO t SELECT 10000 + i, 1, 10000 + i % 1500, 'many' FROM generate_series(1, 2500) i;
SELECT waiting('d') > 0 AS marked;
SELECT g, c FROM d WHERE g = 1;
SELECT ivm.verify_view('d');
RESET ivm.pending_mem;
SELECT ivm.fold('d') > 0 AS folded;
TRUNCATE t;
INSERT INTO t VALUES (1, 1, 1, 'a'), (2, 1, 1, 'b');
SELECT waiting('d');
SELECT ivm.verify_view(v) FROM unnest(ARRAY['d', 'texts', 'filtered', 'global']) v;
SET client_min_messages = warning;
DROP SCHEMA agg_distinct_lookup CASCADE;

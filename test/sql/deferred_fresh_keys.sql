-- Fresh reads by key merge only the keys that are asked for.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA deferred_fresh_keys;
SET search_path = deferred_fresh_keys, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, a int, b text, n numeric);
INSERT INTO t SELECT i, i % 50, 'b' || i % 7, i % 30 FROM generate_series(1, 1000) i;
SELECT ivm.create_view('numbers', 'SELECT a, count(*) AS c, sum(n) AS s FROM t GROUP BY a', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('texts', 'SELECT b, a, count(*) AS c, max(n) AS m FROM t GROUP BY b, a', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('numerics', 'SELECT n, count(*) AS c FROM t GROUP BY n', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('bag', 'SELECT a, n FROM t', 'deferred', options => '{"max_staleness": "0"}');
ANALYZE;
INSERT INTO t SELECT i, i % 60, 'b' || i % 9, i % 40 FROM generate_series(2001, 2200) i;
DELETE FROM t WHERE a = 7;
UPDATE t SET b = NULL, n = NULL WHERE a = 8;
-- the plan tells how many keys were merged
CREATE FUNCTION pending_keys(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line	text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		IF line ~ 'Pending Keys' THEN
			RETURN btrim(line);
		END IF;
	END LOOP;
	RETURN 'none';
END $$;
SELECT query, pending_keys(query) FROM unnest(ARRAY[
	'SELECT * FROM numbers WHERE a = 7',
	'SELECT * FROM numbers WHERE a BETWEEN 5 AND 9 AND s > 3',
	'SELECT * FROM numbers WHERE a IN (55, 7, 1000)',
	'SELECT * FROM numbers WHERE c > 0',
	'SELECT * FROM numbers WHERE a = 7 OR s > 1000000',
	'SELECT * FROM texts WHERE b = ''b8''',
	'SELECT * FROM texts WHERE b IS NULL',
	'SELECT * FROM numerics WHERE n = 35']) query;
-- the same rows as the definition's, by constants, parameters and values of other tables
CREATE FUNCTION differ(a text, b text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result	bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((%1$s EXCEPT ALL %2$s) UNION ALL (%2$s EXCEPT ALL %1$s)) d', a, b) INTO result;
	RETURN result;
END $$;
CREATE TABLE k AS SELECT i AS a, 'b' || i AS b FROM generate_series(0, 65) i;
CREATE VIEW x_numbers AS SELECT a, count(*) AS c, sum(n) AS s FROM t GROUP BY a;
CREATE VIEW x_texts AS SELECT b, a, count(*) AS c, max(n) AS m FROM t GROUP BY b, a;
SELECT sum(differ('SELECT * FROM numbers WHERE a = ' || i, 'SELECT * FROM x_numbers WHERE a = ' || i)) FROM generate_series(0, 65) i;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SELECT differ('SELECT * FROM k JOIN numbers USING (a)', 'SELECT * FROM k JOIN x_numbers USING (a)'),
	differ('SELECT * FROM k CROSS JOIN LATERAL (SELECT c, s FROM numbers WHERE numbers.a = k.a OFFSET 0) d', 'SELECT * FROM k CROSS JOIN LATERAL (SELECT c, s FROM x_numbers d WHERE d.a = k.a OFFSET 0) d'),
	differ('SELECT * FROM k CROSS JOIN LATERAL (SELECT a AS a2, c, m FROM texts WHERE texts.b = k.b OFFSET 0) d', 'SELECT * FROM k CROSS JOIN LATERAL (SELECT d.a AS a2, c, m FROM x_texts d WHERE d.b = k.b OFFSET 0) d'),
	differ('SELECT k.a, (SELECT s FROM numbers WHERE numbers.a = k.a) FROM k', 'SELECT k.a, (SELECT s FROM x_numbers d WHERE d.a = k.a) FROM k'),
	differ('SELECT * FROM bag WHERE a = 58', 'SELECT a, n FROM t WHERE a = 58');
PREPARE by_key(int) AS SELECT * FROM numbers WHERE a = $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_key(7);
EXECUTE by_key(55);
EXECUTE by_key(20);
EXECUTE by_key(NULL);
DROP SCHEMA deferred_fresh_keys CASCADE;

-- Fresh reads of keys of which different values are equal: the state row shows one of them, what is
-- logged may have another. A condition may hold for one of them only.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA deferred_fresh_equal_keys;
SET search_path = deferred_fresh_equal_keys, ivm_test, public;
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE t (k text COLLATE ci, c citext, n numeric, x int);
INSERT INTO t VALUES ('A', 'A', 1.0, 1), ('B', 'B', 2.0, 2);
SELECT ivm.create_view('by_text', 'SELECT k, count(*) AS n, sum(x) AS s FROM t GROUP BY k', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('by_citext', 'SELECT c, count(*) AS n, sum(x) AS s FROM t GROUP BY c', 'deferred', options => '{"max_staleness": "0"}');
SELECT ivm.create_view('by_numeric', 'SELECT n, count(*), sum(x) AS s FROM t GROUP BY n', 'deferred', options => '{"max_staleness": "0"}');
INSERT INTO t VALUES ('a', 'a', 1, 10), ('b', 'b', 2, 20), ('c', 'c', 3, 30);
SELECT * FROM by_text WHERE k COLLATE "C" = 'A';
SELECT * FROM by_text WHERE k COLLATE "C" = 'a';
SELECT * FROM by_text WHERE md5(k) = md5('B');
SELECT * FROM by_text WHERE k COLLATE "C" IN ('A', 'B') ORDER BY s;
SELECT * FROM by_citext WHERE c::text = 'A';
SELECT * FROM by_citext WHERE c::text = 'a';
SELECT * FROM by_citext WHERE c::text COLLATE "C" < 'Z' ORDER BY s;
-- comparisons of the keys' own hold for all values that are equal
SELECT * FROM by_text WHERE k = 'a';
SELECT * FROM by_text WHERE k IN ('b', 'C') ORDER BY s;
SELECT * FROM by_text WHERE k IS NULL;
SELECT * FROM by_citext WHERE c = 'b';
SELECT * FROM by_numeric WHERE n = 1.00;
SELECT * FROM by_numeric WHERE n BETWEEN 2 AND 3 ORDER BY s;
-- and still leave out the other keys
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
	'SELECT * FROM by_text WHERE k = ''a''',
	'SELECT * FROM by_text WHERE k COLLATE "C" = ''A''',
	'SELECT * FROM by_citext WHERE c::text = ''A''']) query;
DROP SCHEMA deferred_fresh_equal_keys CASCADE;

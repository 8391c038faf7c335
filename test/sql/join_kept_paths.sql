-- One kept executor state after the other takes all paths through its plan, in one session:
-- rows that match none, one or several others, NULLs, conditions that are false, in
-- turns, under each way to plan them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_kept_paths;
SET search_path = join_kept_paths, ivm_test, public;
CREATE TABLE l (a int, x int) WITH (autovacuum_enabled = off);	-- rows are chosen by ctid
CREATE TABLE r (a int PRIMARY KEY, c int);
CREATE TABLE m (b int, y int, note text) WITH (autovacuum_enabled = off);	-- rows are chosen by ctid
CREATE TABLE t (z int, w int) WITH (autovacuum_enabled = off);	-- rows are chosen by ctid
CREATE INDEX l_a ON l (a);
CREATE INDEX l_x ON l (x) INCLUDE (a);
CREATE INDEX m_b ON m (b, y);
INSERT INTO r SELECT n, n % 3 FROM generate_series(1, 4) n;
INSERT INTO m SELECT 1 + n % 3, n, 'm' || n FROM generate_series(1, 6) n;
-- inner joins
SELECT make_view('inner_join', 'SELECT l.x, r.c, r.a FROM l JOIN r ON r.a = l.a');
SELECT make_view('inner_several', 'SELECT l.x, m.y FROM l JOIN m ON m.b = l.a');
SELECT make_view('inner_three', 'SELECT l.x, r.c, m.note FROM l JOIN r ON r.a = l.a JOIN m ON m.b = r.c');
SELECT make_view('inner_nonequi', 'SELECT l.a, r.c FROM l JOIN r ON r.a < l.a AND l.x > 1');
SELECT make_view('inner_groups', 'SELECT r.c, count(*) AS n, sum(l.x) AS s, min(l.x) AS lo FROM l JOIN r USING (a) GROUP BY r.c');
-- outer joins: columns of the other side alone, conditions, several in turn
SELECT make_view('left_column', 'SELECT c FROM (SELECT c FROM l LEFT JOIN r USING (a)) AS q');
SELECT make_view('left_back', 'SELECT r.a, l.x FROM r LEFT JOIN l ON l.a = r.a');
SELECT make_view('left_several', 'SELECT l.x, m.y, m.note FROM l LEFT JOIN m ON m.b = l.a');
SELECT make_view('left_condition', 'SELECT l.x, r.c FROM l LEFT JOIN r ON r.a = l.a AND l.x > 2 AND r.c > 0');
SELECT make_view('left_chain', 'SELECT l.x, r.c, m.y FROM l LEFT JOIN r ON r.a = l.a LEFT JOIN m ON m.b = r.c');
SELECT make_view('left_nested', 'SELECT l.x, r.c, m.y FROM l LEFT JOIN (r JOIN m ON m.b = r.c) ON r.a = l.a');
SELECT make_view('left_expression', 'SELECT coalesce(r.c, -1) AS c, l.x + m.y AS s FROM l LEFT JOIN r ON r.a = l.a LEFT JOIN m ON m.b = l.a');
SELECT make_view('left_nulls', 'SELECT l.x, r.a IS NULL AS none, r.c IS NULL AS c FROM l LEFT JOIN r ON r.a = l.a');
SELECT make_view('left_groups', 'SELECT r.c, count(*) AS n, count(m.y) AS ys, max(l.x) AS hi FROM l LEFT JOIN r USING (a) LEFT JOIN m ON m.b = l.a GROUP BY r.c');
SELECT make_view('left_nonequi', 'SELECT l.a, r.c FROM l LEFT JOIN r ON r.a < l.a AND r.c <> l.x');
SELECT make_view('full_join', 'SELECT l.x, r.c FROM l FULL JOIN r ON r.a = l.a');
-- conditions on other tables
SELECT make_view('semi_join', 'SELECT l.x FROM l WHERE EXISTS (SELECT FROM m WHERE m.b = l.a)');
SELECT make_view('anti_join', 'SELECT l.x FROM l WHERE NOT EXISTS (SELECT FROM m WHERE m.b = l.a AND m.y > 2)');
SELECT make_view('anti_nonequi', 'SELECT l.x FROM l WHERE NOT EXISTS (SELECT FROM m WHERE m.b < l.a)');
SELECT make_view('anti_left', 'SELECT l.x, r.c FROM l LEFT JOIN r ON r.a = l.a WHERE NOT EXISTS (SELECT FROM m WHERE m.b = l.a)');
-- LIMIT and conditions that a row decides for all rows joined with it
SELECT make_view('lateral_limit', 'SELECT l.x, q.y FROM l LEFT JOIN LATERAL (SELECT y FROM m WHERE m.b = l.a ORDER BY y LIMIT 1) q ON true');
SELECT make_view('lateral_filter', 'SELECT l.x, q.y FROM l CROSS JOIN LATERAL (SELECT y FROM m WHERE m.b = l.a AND l.x > 2 ORDER BY y LIMIT 2) q');
SELECT make_view('lateral_values', 'SELECT l.a, q.v FROM l LEFT JOIN LATERAL (SELECT r.c + l.x AS v FROM r WHERE r.a = l.a OFFSET 0) q ON true');
SELECT make_view('lateral_terms', 'SELECT t.w, l.x, q.y FROM t JOIN l ON l.x = t.z CROSS JOIN LATERAL (SELECT y FROM m WHERE m.b = l.a AND t.w > 2 ORDER BY y LIMIT 1) q');
SELECT make_view('lateral_left_terms', 'SELECT t.w, l.x, q.y FROM t JOIN l ON l.x = t.z LEFT JOIN LATERAL (SELECT y FROM m WHERE m.b = l.a AND l.x > 2 ORDER BY y OFFSET 1 LIMIT 2) q ON true');
-- each write is a transaction of its own
CREATE PROCEDURE write_rows(seed int) LANGUAGE plpgsql AS $$
DECLARE
	keys	int[] := '{1, 9, NULL, 1, 2, 8, 3, NULL, 7, 4, 4, 0}';
	k		int;
	n		int := 0;
BEGIN
	INSERT INTO r SELECT i, i % 3 FROM generate_series(1, 4) i ON CONFLICT DO NOTHING;
	COMMIT;
	FOREACH k IN ARRAY keys LOOP
		n := n + 1;
		INSERT INTO l VALUES (k, (n + seed) % 5);
		COMMIT;
		INSERT INTO t VALUES (nullif(n % 6, 5), (n + seed) % 4);
		COMMIT;
		PERFORM assert_exact();
		INSERT INTO m VALUES (keys[1 + (n + seed) % 12], nullif(n % 4, 3), 'new');
		COMMIT;
		PERFORM assert_exact();
		IF n % 3 = 0 THEN
			UPDATE l SET a = keys[1 + (n * 5) % 12] WHERE ctid = (SELECT max(ctid) FROM l);
			COMMIT;
			UPDATE m SET y = y + 1 WHERE ctid = (SELECT max(ctid) FROM m WHERE b IS NOT DISTINCT FROM k);
			COMMIT;
			PERFORM assert_exact();
			DELETE FROM r WHERE a = k;
			COMMIT;
			PERFORM assert_exact();
			INSERT INTO r VALUES (coalesce(k, n + 20), n % 3), (n + 40, NULL) ON CONFLICT DO NOTHING;
			COMMIT;
			PERFORM assert_exact();
		END IF;
		IF n % 4 = 0 THEN
			DELETE FROM l WHERE ctid IN (SELECT min(ctid) FROM l GROUP BY a HAVING count(*) > 1 OR max(a) > 6);
			COMMIT;
			DELETE FROM m WHERE ctid = (SELECT min(ctid) FROM m WHERE b = 1);
			COMMIT;
			DELETE FROM t WHERE ctid IN (SELECT min(ctid) FROM t GROUP BY w);
			COMMIT;
			PERFORM assert_exact();
		END IF;
	END LOOP;
	DELETE FROM r WHERE a > 20;
	COMMIT;
	PERFORM assert_exact();
END $$;
CALL write_rows(0);
-- the same with plans made in other ways
SET enable_material = off;
SET enable_memoize = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_bitmapscan = off;
SET enable_sort = off;
ANALYZE l, r, m, t;
CALL write_rows(1);
-- by indexes
SET enable_seqscan = off;
VACUUM ANALYZE l, r, m, t;
CALL write_rows(2);
SET enable_indexonlyscan = off;
ANALYZE l, r, m, t;
CALL write_rows(3);
-- reading whole tables
SET enable_seqscan = on;
SET enable_indexscan = off;
ANALYZE l, r, m, t;
CALL write_rows(4);
-- no plan that could be kept
RESET ALL;
SET search_path = join_kept_paths, ivm_test, public;
SET client_min_messages = warning;
SET jit = off;
SET enable_nestloop = off;
ANALYZE l, r, m, t;
CALL write_rows(5);
RESET enable_nestloop;
-- tables that are empty, and are filled row by row
DELETE FROM l;
DELETE FROM m;
DELETE FROM r;
DELETE FROM t;
ANALYZE l, r, m, t;
CALL write_rows(6);
SELECT * FROM check_views();
DROP SCHEMA join_kept_paths CASCADE;

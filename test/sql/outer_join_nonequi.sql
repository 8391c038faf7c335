-- Outer joins and [NOT] EXISTS without an equation: rows that meet changed rows are
-- compared with what they were.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_nonequi;
SET search_path = outer_join_nonequi, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE TABLE c (id int PRIMARY KEY, k int, x int);
INSERT INTO c SELECT i, nullif(i % 5, 4), i % 3 FROM generate_series(1, 8) i;
SELECT make_view('period', 'SELECT a.id, a.v, count(b.id) AS n, min(b.w) AS lo FROM a LEFT JOIN b ON b.k >= a.k AND b.k < a.k + 2 GROUP BY a.id');
SELECT make_view('rows', 'SELECT a.k, a.v, b.w FROM a LEFT JOIN b ON b.k > a.k');
SELECT make_view('turned', 'SELECT b.w, count(*) AS n, count(a.id) AS m FROM a RIGHT JOIN b ON a.v < b.w AND a.k <> b.k GROUP BY b.w');
SELECT make_view('few', 'SELECT a.id, b.id AS b FROM a LEFT JOIN b ON b.k > a.k AND b.w > 1 AND a.v < 3');
SELECT make_view('inner_partner', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN (b JOIN c ON c.k = b.w) ON b.k > a.k AND c.x <> a.v');
SELECT make_view('both_partners', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN (b JOIN c ON c.k <= b.w) ON b.k > a.k');
SELECT make_view('nested', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN (b LEFT JOIN c ON c.k > b.w) ON b.k > a.k');
SELECT make_view('two', 'SELECT a.k, count(*) AS n, count(b.id) AS nb, count(c.id) AS nc FROM a LEFT JOIN b ON b.k > a.k LEFT JOIN c ON c.k < a.v GROUP BY a.k');
SELECT make_view('twice', 'SELECT a.id, p.w, q.w AS q FROM a LEFT JOIN b p ON p.k > a.k + 2 LEFT JOIN b q ON q.k < a.k');
SELECT make_view('mixed', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN b ON b.k = a.k LEFT JOIN c ON c.k > a.k + a.v');
SELECT make_view('joined', 'SELECT a.id, c.x, b.w FROM a JOIN c ON c.k = a.v LEFT JOIN b ON b.k < a.k AND b.w > c.x');
SELECT make_view('itself', 'SELECT p.id, q.id AS q FROM a p LEFT JOIN a q ON q.v > p.v AND q.k > p.k');
SELECT make_view('none', 'SELECT v, count(*) AS n FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.k > a.k) GROUP BY v');
SELECT make_view('some', 'SELECT id, v FROM a WHERE EXISTS (SELECT FROM b WHERE b.k > a.k AND b.w < a.v)');
SELECT make_view('either', 'SELECT id FROM a WHERE EXISTS (SELECT FROM b WHERE b.k > a.k) AND NOT EXISTS (SELECT FROM b JOIN c ON c.x = b.w WHERE c.k > a.k AND b.k < a.v)');
SELECT make_view('deeper', 'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.k > a.k AND EXISTS (SELECT FROM c WHERE c.k < b.w AND c.x < a.v))');
SELECT make_view('by_time', 'SELECT d::date AS day, count(b.id) AS n FROM generate_series(timestamp ''2026-01-01'', timestamp ''2026-01-08'', ''1 day'') d LEFT JOIN b ON date ''2026-01-01'' + b.k < d GROUP BY 1');
\i :change_sides
-- three tables, several of them in one transaction
UPDATE c SET k = k + 1 WHERE id % 2 = 0;
SELECT * FROM check_views();
BEGIN;
INSERT INTO b VALUES (31, 7, 8), (32, 2, 0);
DELETE FROM c WHERE id < 4;
SELECT * FROM check_views();
UPDATE b SET k = k - 1, w = w + 1;
INSERT INTO c VALUES (31, 9, 1), (32, 0, 2);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
BEGIN;
INSERT INTO a VALUES (30, 1, 1), (31, 2, 8);
DELETE FROM b WHERE id = 1;
INSERT INTO c VALUES (33, 5, 5);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- one row at a time, the last that meets others and the first one again
DO $$
DECLARE
	i	int;
BEGIN
	FOR i IN SELECT id FROM b ORDER BY k DESC, id LIMIT 4 LOOP
		DELETE FROM b WHERE id = i;
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
	FOR i IN 40 .. 43 LOOP
		INSERT INTO b VALUES (i, i - 36, i % 4);
		COMMIT;
		PERFORM assert_exact();
		UPDATE b SET k = i - 42, w = w + 1 WHERE id = i;
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
END $$;
SELECT * FROM check_views();
-- more rows than the view has
INSERT INTO a SELECT i, i % 20, i % 7 FROM generate_series(100, 120) i;
INSERT INTO b SELECT i, i % 30 - 5, i % 11 FROM generate_series(100, 210) i;
SELECT * FROM check_views();
DELETE FROM b WHERE id > 110;
SELECT * FROM check_views();
-- what changes of one table, and of several at once, lead to: what is said, and what was
-- counted for changes of b, and of a and b
SELECT view, construct, strategy, write_cost FROM (
	SELECT c.relname AS view, e.construct, split_part(e.strategy, ':', 1) AS strategy, e.write_cost
	FROM definition d JOIN pg_class c ON c.oid = d.view, ivm.explain_query(d.query) e
	WHERE c.relname NOT LIKE '%\_late' AND (e.construct LIKE 'FROM %' OR e.construct LIKE 'changes %')) q
ORDER BY view COLLATE "C", construct COLLATE "C";
CREATE TABLE counted AS SELECT view, recomputations AS n FROM ivm.stat_views WHERE view IN (SELECT view FROM definition);
INSERT INTO b VALUES (400, 100, 3);
UPDATE b SET k = k - 90, w = w + 1 WHERE id = 400;
DELETE FROM b WHERE id IN (400, 101);
BEGIN;
INSERT INTO a VALUES (400, 90, 3), (401, 1, 50);
UPDATE a SET k = k + 1, v = 4 WHERE id IN (1, 100);
INSERT INTO b VALUES (401, 91, 3), (402, 200, 0);
DELETE FROM b WHERE id = 102;
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
COMMIT;
SELECT * FROM check_views() WHERE result NOT LIKE 'exact%';
SELECT c.view::text FROM counted c JOIN ivm.stat_views s USING (view) WHERE s.recomputations > c.n ORDER BY c.view::text COLLATE "C";
DROP SCHEMA outer_join_nonequi CASCADE;

-- Definitions of all kinds, deferred: refreshed by what has changed, they are what they define.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_definitions;
SET search_path = deferred_definitions, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE TABLE c (k int, name text);
INSERT INTO a SELECT i, nullif(i % 7, 6), i % 5 FROM generate_series(1, 40) i;
INSERT INTO b SELECT i, nullif(i % 5, 4), i % 3 FROM generate_series(1, 25) i;
INSERT INTO c SELECT i % 4, 'c' || i % 3 FROM generate_series(1, 6) i;
CREATE INDEX ON a (k); CREATE INDEX ON b (k); CREATE INDEX ON c (k);
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
-- by what has changed, unless that cannot be: then it says why
CREATE FUNCTION refresh_views() RETURNS TABLE (view text, reason text) LANGUAGE plpgsql AS $$
DECLARE
	d	record;
	r	record;
BEGIN
	FOR d IN SELECT f.view FROM ivm_test.definition f ORDER BY f.view::text LOOP
		BEGIN
			PERFORM ivm.refresh(d.view, 'delta');
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			SELECT * FROM ivm.refresh(d.view) INTO r;
			view := d.view; reason := r.reason;
			RETURN NEXT;
		END;
	END LOOP;
END $$;
SELECT deferred(name, query) FROM (VALUES
	('sums', 'SELECT k, count(*) AS n, sum(v) AS s, avg(v) AS m FROM a GROUP BY k'),
	('extremes', 'SELECT k, min(v), max(v) FROM a WHERE v > 0 GROUP BY k'),
	('slices', 'SELECT k, string_agg(v::text, '','' ORDER BY v), count(DISTINCT v) FROM a GROUP BY k'),
	('total', 'SELECT count(*), sum(v) FROM a'),
	('bag', 'SELECT k, v FROM a WHERE v <> 2'),
	('distinct_rows', 'SELECT DISTINCT k FROM a'),
	('top', 'SELECT k, v FROM a ORDER BY v DESC, k NULLS LAST LIMIT 4'),
	('joined', 'SELECT a.k, count(*) AS n, sum(v * w) AS s FROM a JOIN b USING (k) GROUP BY a.k'),
	('joined_extreme', 'SELECT name, max(v) AS m FROM a JOIN c USING (k) GROUP BY name'),
	('three_tables', 'SELECT name, sum(v) AS s FROM a JOIN b USING (k) JOIN c USING (k) GROUP BY name'),
	('itself', 'SELECT x.k, count(*) AS n FROM a x JOIN a y ON x.v = y.k GROUP BY x.k'),
	('left_joined', 'SELECT c.name, count(b.id) AS n, sum(w) AS s FROM c LEFT JOIN b USING (k) GROUP BY c.name'),
	('full_joined', 'SELECT a.id AS a, b.id AS b FROM a FULL JOIN b ON a.k = b.k AND a.v = b.w'),
	('exist', 'SELECT k, count(*) AS n FROM a WHERE EXISTS (SELECT FROM b WHERE b.k = a.k) GROUP BY k'),
	('not_exist', 'SELECT id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.k = a.k AND b.w > a.v)'),
	('below', 'SELECT n, count(*) AS groups FROM (SELECT k, count(*) AS n FROM a GROUP BY k) q GROUP BY n'),
	('scalar', 'SELECT c.name, (SELECT sum(w) FROM b WHERE b.k = c.k) AS s FROM c'),
	('unioned', 'SELECT k FROM a UNION SELECT k FROM b'),
	('both', 'SELECT k, v FROM a INTERSECT ALL SELECT k, w FROM b'),
	('all_of_them', 'SELECT k, v AS x FROM a UNION ALL SELECT k, w FROM b'),
	('sets', 'SELECT k, v, count(*) AS n FROM a GROUP BY ROLLUP (k, v)'),
	('windows', 'SELECT k, sum(v) AS s, rank() OVER (ORDER BY sum(v)) AS r FROM a GROUP BY k'),
	('greater', 'SELECT a.id FROM a WHERE EXISTS (SELECT FROM c WHERE c.k > a.v)')
	) d(name, query);
SELECT * FROM check_views();
-- one row, rows of one table, of several, in several transactions
INSERT INTO a VALUES (100, 1, 7);
SELECT * FROM refresh_views();
SELECT * FROM check_views() WHERE result !~ '^exact';
UPDATE b SET w = w + 1 WHERE id % 4 = 0;
DELETE FROM b WHERE k = 2;
INSERT INTO c VALUES (2, 'c2'), (2, 'c2'), (NULL, 'c9');
SELECT * FROM refresh_views();
SELECT * FROM check_views() WHERE result !~ '^exact';
BEGIN;
UPDATE a SET k = 3 WHERE k = 1;
DELETE FROM c WHERE name = 'c1';
INSERT INTO b SELECT id + 100, k, w FROM b WHERE k IS NOT NULL;
COMMIT;
DELETE FROM a WHERE id < 5;
UPDATE c SET name = 'c7' WHERE k = 3;
UPDATE b SET k = 2 WHERE id = 101;
SELECT * FROM refresh_views();
SELECT * FROM check_views() WHERE result !~ '^exact';
-- rows that look the same, in a table without a key
INSERT INTO c SELECT * FROM c;
SELECT * FROM refresh_views();
DELETE FROM c WHERE ctid IN (SELECT min(ctid) FROM c GROUP BY k, name);
UPDATE a SET v = v + 1;
SELECT * FROM refresh_views();
SELECT * FROM check_views() WHERE result !~ '^exact';
-- emptied and filled
DELETE FROM b;
SELECT * FROM refresh_views();
INSERT INTO b SELECT i, i % 3, i FROM generate_series(1, 9) i;
SELECT * FROM refresh_views();
SELECT * FROM check_views();
DROP SCHEMA deferred_definitions CASCADE;

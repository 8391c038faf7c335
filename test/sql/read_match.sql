-- Many pending keys: merged when the scan of the state comes to them, in any order,
-- in the order of keys, and in the order of sums and counts, with LIMIT or without.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA read_match;
SET search_path = read_match, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
	g int, a numeric(12,2) NOT NULL, b int, c bigint NOT NULL, d numeric NOT NULL);
-- distinct sums and equal ones, of either sign; no b at all in some groups
INSERT INTO t (g, a, b, c, d)
SELECT i % 400, (i * 7919 % 20000) / 10.0 - 700, CASE WHEN i % 400 % 7 > 0 THEN i * 31 % 100 - 30 END,
	   i % 400 / 20, (i * 48271 % 1000) / 1000.0
FROM generate_series(1, 1500) i;
SELECT make_view('v', 'SELECT g, sum(a) AS a, sum(b) AS b, sum(c) AS c, sum(d) AS d, count(*) AS n, count(b) AS nb FROM t GROUP BY g');
SELECT make_view('x', 'SELECT g, min(a) AS lo, max(b) AS hi, sum(c) AS c, count(*) AS n FROM t GROUP BY g');
SELECT make_view('texts', 'SELECT g::text AS g, sum(a) AS a, count(*) AS n FROM t GROUP BY 1');
SELECT make_view('bag', 'SELECT g / 4 AS g, c FROM t');
SELECT count(ivm.create_index('v', i)) FROM unnest('{a,b,c,d,n,nb,"n, a","c, g"}'::text[]) i;
SELECT count(ivm.create_index('x', i)) FROM unnest('{lo,c}'::text[]) i;
SELECT count(ivm.create_index('texts', i)) FROM unnest('{a}'::text[]) i;
SELECT fold_views();

-- The values in order, of the view by its indexes and of the definition; in one transaction,
-- which writes nothing, so that reads share the deltas that the first one has read
CREATE FUNCTION orders(OUT name text, OUT orders bigint, OUT wrong text)
RETURNS SETOF record LANGUAGE plpgsql
SET enable_sort = off SET enable_seqscan = off SET enable_bitmapscan = off SET max_parallel_workers_per_gather = 0
SET client_min_messages = error
AS $$
DECLARE
	query	text;
	q		record;
	got		text;
	want	text;
BEGIN
	FOR name, query IN SELECT d.view::text, d.query FROM definition d WHERE d.view <> 'bag'::regclass ORDER BY 1
	LOOP
		orders := 0;
		wrong := NULL;
		FOR q IN
			SELECT 'ROW(' || i.columns || ')' AS row,
				   format('%s ORDER BY %s %s LIMIT %s', w, replace(i.columns, ',', ' ' || o || ','), o, l) AS rest
			FROM (VALUES ('v', 'a'), ('v', 'b'), ('v', 'c'), ('v', 'd'), ('v', 'n'), ('v', 'nb'), ('v', 'n,a'),
						 ('v', 'c,g'), ('v', 'g'), ('x', 'lo'), ('x', 'c'), ('x', 'g'), ('texts', 'a')) i(view, columns),
				 unnest('{asc,desc,asc nulls first,desc nulls last}'::text[]) o,
				 unnest('{1,12,1000}'::text[]) l,
				 unnest('{"","WHERE g::int % 3 = 0","WHERE n > 3"}'::text[]) w
			WHERE i.view = name AND (w <> 'WHERE n > 3' OR (l = '12' AND o IN ('asc', 'desc')))
		LOOP
			EXECUTE format('SELECT array_agg(r) FROM (SELECT (%s)::text AS r FROM %s %s) q', q.row, name, q.rest) INTO got;
			EXECUTE format('SELECT array_agg(r) FROM (SELECT (%s)::text AS r FROM (%s) want %s) q', q.row, query, q.rest) INTO want;
			orders := orders + 1;
			IF got IS DISTINCT FROM want THEN
				wrong := concat_ws('; ', wrong, q.rest);
			END IF;
		END LOOP;
		RETURN NEXT;
	END LOOP;
END $$;
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(p, '_\d+_(\w+_idx)', '_N_\1')
	FROM plan_of(query, 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF') p
$$;
-- nothing can be folded from here on
BEGIN;
INSERT INTO t (g, a, b, c, d) SELECT i, 1, 1, 1, 1 FROM generate_series(0, 299) i;
PREPARE TRANSACTION 'regress_ivm_match';
INSERT INTO t (g, a, b, c, d) SELECT i * 2, i % 5, i % 3, 1, 0.5 FROM generate_series(0, 149) i;
SELECT * FROM orders();
SELECT * FROM check_views();
ANALYZE t;
SET enable_sort = off;
SET max_parallel_workers_per_gather = 0;
SELECT plan('SELECT * FROM v');
SELECT plan('SELECT * FROM v WHERE n > 8');
SET enable_seqscan = off;
SELECT plan('SELECT * FROM v ORDER BY g LIMIT 5');
SELECT plan('SELECT * FROM v ORDER BY a DESC LIMIT 5');
SELECT plan('SELECT * FROM v ORDER BY c DESC, g DESC LIMIT 5');
-- b may be NULL: merged sums could be as well, and come first
SELECT plan('SELECT * FROM v ORDER BY b DESC LIMIT 5');
SELECT plan('SELECT * FROM x ORDER BY c DESC LIMIT 5');
RESET enable_seqscan;
RESET enable_sort;
RESET max_parallel_workers_per_gather;
-- a few large changes, either way; keys without a state row
INSERT INTO t (g, a, b, c, d) VALUES (7, 1e6, 1e6, 1e6, 1e6), (9, -1e6, -1e6, -1e6, -1e6),
	(500, 2e5, 2e5, 2e5, 2e5), (501, -2e5, -2e5, -2e5, -2e5), (502, 0, NULL, 0, 0), (NULL, 30, 30, 30, 30);
INSERT INTO t (g, a, b, c, d) SELECT 600 + i, i, i, i, i FROM generate_series(0, 80) i, generate_series(1, 4);
SELECT * FROM orders();
SELECT * FROM check_views();
-- groups gone, extremes gone, sums that become NULL or have been
DELETE FROM t WHERE g BETWEEN 20 AND 60;
DELETE FROM t WHERE g = 9 OR (g < 20 AND a > 800);
UPDATE t SET b = NULL WHERE g BETWEEN 100 AND 130;
UPDATE t SET b = 5 WHERE g % 7 = 0 AND g > 300;
UPDATE t SET a = -a, c = -c WHERE g BETWEEN 140 AND 180;
UPDATE t SET g = g + 1000 WHERE g BETWEEN 190 AND 199;
SELECT * FROM orders();
SELECT * FROM check_views();
-- own changes on top
BEGIN;
INSERT INTO t (g, a, b, c, d) SELECT i, 100, 100, 100, 100 FROM generate_series(390, 420) i;
DELETE FROM t WHERE g = 7;
UPDATE t SET b = NULL WHERE g BETWEEN 200 AND 210;
SELECT * FROM orders();
SAVEPOINT s;
DELETE FROM t WHERE g > 50;
SELECT * FROM orders();
ROLLBACK TO s;
SELECT * FROM check_views();
COMMIT;
-- numbers that are none
INSERT INTO t (g, a, b, c, d) VALUES (310, 1, 1, 1, 'NaN'), (311, 1, 1, 1, 'Infinity'), (312, 1, 1, 1, '-Infinity'), (313, 1, 1, 1, 1e100000);
SELECT * FROM orders();
DELETE FROM t WHERE d = 'NaN' OR d = 'Infinity';
SELECT * FROM orders();
SELECT * FROM check_views();
-- scans that start anew, and cursors
SET enable_sort = off;
SET enable_seqscan = off;
SELECT same('SELECT s, q.a FROM generate_series(1, 4) s, LATERAL (SELECT a FROM @v v ORDER BY a DESC LIMIT s * 5) q', true);
SELECT same('SELECT s, q.g FROM generate_series(1, 4) s, LATERAL (SELECT g FROM @v v WHERE g > s * 90 ORDER BY g LIMIT s * 5) q', true);
SELECT same('SELECT s, (SELECT count(*) FROM @v v WHERE n <> s) FROM generate_series(1, 4) s', true);
BEGIN;
DECLARE c CURSOR FOR SELECT a FROM v ORDER BY a DESC;
FETCH 3 FROM c;
DELETE FROM t WHERE g < 100;
FETCH 3 FROM c;
ROLLBACK;
RESET enable_sort;
RESET enable_seqscan;
-- whatever
CREATE PROCEDURE change(round int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(round / 100.0);
	FOR i IN 1..60 LOOP
		CASE (random() * 5)::int
			WHEN 0 THEN DELETE FROM t WHERE g = (random() * 420)::int;
			WHEN 1 THEN UPDATE t SET a = a + (random() * 1000 - 500)::int, c = c + (random() * 6 - 3)::int WHERE g = (random() * 420)::int;
			WHEN 2 THEN UPDATE t SET b = CASE WHEN random() > 0.5 THEN (random() * 100)::int END WHERE g = (random() * 420)::int;
			ELSE INSERT INTO t (g, a, b, c, d) SELECT (random() * 450)::int, 1000 * random() ^ 9, 9, (random() * 3)::int, random()
				 FROM generate_series(0, (random() * 5)::int);
		END CASE;
		COMMIT;
	END LOOP;
END $$;
CALL change(1);
SELECT * FROM orders();
CALL change(2);
SELECT * FROM orders();
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_match';
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA read_match CASCADE;

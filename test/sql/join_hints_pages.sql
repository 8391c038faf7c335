-- A look-up by an index keeps hints of all rows in the page that it has led to, for all look-ups of
-- this kind in the session.  Rows nobody has looked for yet may have been changed by then; others
-- cannot be told by their bytes.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_hints_pages;
SET search_path = join_hints_pages, ivm_test, public;
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_bitmapscan = off;
SET enable_material = off;
SET enable_sort = off;
CREATE TABLE f (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, d int, e bigint, code text, x int);
CREATE INDEX f_d ON f (d);
CREATE TABLE d (id int PRIMARY KEY, g text, filler text DEFAULT repeat('x', 100)) WITH (autovacuum_enabled = off);
CREATE TABLE wide (id bigint PRIMARY KEY, g text) WITH (autovacuum_enabled = off);
CREATE TABLE coded (code text PRIMARY KEY, g text) WITH (autovacuum_enabled = off);
CREATE TABLE later (g text, filler text DEFAULT repeat('x', 50)) WITH (autovacuum_enabled = off);
INSERT INTO d SELECT n, 'g' || n % 7 FROM generate_series(1, 600) n;
INSERT INTO wide SELECT n - 300, 'w' || n % 7 FROM generate_series(1, 600) n;
-- short ones, and long ones that are compressed
INSERT INTO coded SELECT 'c' || n, 'c' || n % 7 FROM generate_series(1, 600) n WHERE n % 5 <> 0;
INSERT INTO coded SELECT 'c' || n || repeat('-', 1500), 'long' FROM generate_series(1, 600) n WHERE n % 5 = 0;
-- a key of which the first rows have only the default
INSERT INTO later SELECT 'first' FROM generate_series(1, 1);
ALTER TABLE later ADD COLUMN k int DEFAULT 1;
INSERT INTO later SELECT 'l' || n % 7, 'y', n FROM generate_series(2, 600) n;
CREATE UNIQUE INDEX later_k ON later (k);
INSERT INTO f (d, e, code, x) SELECT n, n, 'c' || n, n % 5 FROM generate_series(1, 600) n;
VACUUM ANALYZE d, wide, coded, later, f;
SELECT make_view('inner_join', 'SELECT d.g, count(*) AS n, sum(f.x) AS s FROM f JOIN d ON d.id = f.d GROUP BY d.g');
SELECT make_view('left_join', 'SELECT d.g, count(f.id) AS n FROM d LEFT JOIN f ON f.d = d.id GROUP BY d.g');
SELECT make_view('semi_join', 'SELECT d.g, count(*) AS n FROM d WHERE EXISTS (SELECT FROM f WHERE f.d = d.id) GROUP BY d.g');
SELECT make_view('semi_some', 'SELECT d.g, count(*) AS n FROM d WHERE EXISTS (SELECT FROM f WHERE f.d = d.id AND f.x > 2) GROUP BY d.g');
SELECT make_view('anti_some', 'SELECT d.g, count(*) AS n FROM d WHERE NOT EXISTS (SELECT FROM f WHERE f.d = d.id AND f.x < 2) GROUP BY d.g');
SELECT make_view('by_wide', 'SELECT w.g, count(*) AS n FROM f JOIN wide w ON w.id = f.e GROUP BY 1');
SELECT make_view('by_wide_int', 'SELECT w.g, count(*) AS n FROM f JOIN wide w ON w.id = f.d GROUP BY 1');
SELECT make_view('by_code', 'SELECT c.g, count(*) AS n FROM f JOIN coded c ON c.code = f.code GROUP BY 1');
SELECT make_view('by_later', 'SELECT l.g, count(*) AS n FROM f JOIN later l ON l.k = f.d GROUP BY 1');
-- transactions of a row each: each value is looked for once in a while
CREATE PROCEDURE write(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. last LOOP
		INSERT INTO f (d, e, code, x)
		SELECT n, n - 300, 'c' || n || CASE WHEN n % 5 = 0 THEN repeat('-', 1500) ELSE '' END, i % 5
		FROM (SELECT 1 + i * 7919 % 620) v (n);
		COMMIT;
	END LOOP;
END $$;
CALL write(1, 10);
-- 150 values need a few look-ups by the index
SELECT pg_stat_force_next_flush();
CREATE TEMP TABLE before AS SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE schemaname = 'join_hints_pages';
CALL write(11, 160);
SELECT pg_stat_force_next_flush();
SELECT a.indexrelname, a.idx_scan - b.idx_scan < 30 AS few FROM pg_stat_user_indexes a JOIN before b USING (indexrelname)
WHERE indexrelname = 'later_k';
SELECT * FROM check_views();
-- rows that hints lead to: changed in their place and in another one, exchanged, gone, gone and back
UPDATE d SET g = g || '!' WHERE id % 3 = 0;
UPDATE d SET id = id + 1000 WHERE id % 10 = 1;
UPDATE d SET id = 1602 - id WHERE id > 1000;
DELETE FROM d WHERE id % 10 = 2;
UPDATE coded SET code = code || 'x' WHERE code LIKE 'c1%';
UPDATE wide SET id = 2000 - id;
UPDATE wide SET id = id - 1700 WHERE id % 4 <> 0;
UPDATE later SET g = 'moved', filler = repeat('z', 500) WHERE k < 100;
UPDATE later SET k = 2000 WHERE k = 1;
CALL write(161, 320);
DELETE FROM f WHERE x = 4 AND d < 300;
VACUUM d, coded, wide, later, f;
INSERT INTO d SELECT n, 'new' || n % 3 FROM generate_series(2, 300, 10) n;
CALL write(321, 480);
SELECT * FROM check_views();
-- in a transaction, below savepoints; rows that are there only for it
BEGIN;
UPDATE d SET g = 'mine' WHERE id < 100;
SAVEPOINT a;
DELETE FROM d WHERE id < 50;
INSERT INTO f (d, e, code, x) SELECT n, n, 'c' || n, 1 FROM generate_series(1, 60) n;
SELECT * FROM check_views();
ROLLBACK TO a;
INSERT INTO f (d, e, code, x) VALUES (7, 7, 'c7', 1), (49, 49, 'c49', 3);
COMMIT;
CALL write(481, 520);
BEGIN;
INSERT INTO d SELECT n, 'never' FROM generate_series(651, 670) n;
INSERT INTO f (d, e, code, x) SELECT n, n, 'c' || n, 1 FROM generate_series(1, 670, 3) n;
SELECT * FROM check_views();
ROLLBACK;
CALL write(521, 700);
SELECT * FROM check_views();
-- what hints lead to is in other places, or nowhere
VACUUM FULL d;
CALL write(701, 740);
CLUSTER later USING later_k;
TRUNCATE coded;
INSERT INTO coded SELECT 'c' || n, 'again' FROM generate_series(600, 1, -1) n;
ALTER TABLE wide DROP CONSTRAINT wide_pkey;
CREATE UNIQUE INDEX wide_again ON wide (id);
CALL write(741, 900);
SELECT * FROM check_views();
-- the hints stay when plans are made anew, and do not become more
CREATE PROCEDURE analyze_and_write(first int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 0 .. 9 LOOP
		ANALYZE d, f;
		CALL write(first + i * 5, first + i * 5 + 4);
	END LOOP;
END $$;
CALL analyze_and_write(901);
SELECT sum(total_bytes) AS bytes FROM pg_backend_memory_contexts WHERE name = 'ivm row hints' \gset
SELECT pg_stat_force_next_flush();
TRUNCATE before;
INSERT INTO before SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE schemaname = 'join_hints_pages';
CALL analyze_and_write(951);
SELECT pg_stat_force_next_flush();
SELECT a.indexrelname, a.idx_scan - b.idx_scan < 40 AS few FROM pg_stat_user_indexes a JOIN before b USING (indexrelname)
WHERE indexrelname = 'later_k';
SELECT sum(total_bytes) <= :bytes * 2 AS bounded FROM pg_backend_memory_contexts WHERE name = 'ivm row hints';
SELECT * FROM check_views();
DROP SCHEMA join_hints_pages CASCADE;

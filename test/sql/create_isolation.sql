-- Views in sessions whose transactions are REPEATABLE READ or SERIALIZABLE: a migration runs, its own
-- reads are right, and so are those of everybody afterwards.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA create_isolation;
SET search_path = create_isolation, ivm_test, public;

SET default_transaction_isolation = 'repeatable read';
BEGIN;
CREATE TABLE a (id int PRIMARY KEY, g text, x int);
CREATE TABLE d (g text PRIMARY KEY, name text);
INSERT INTO a SELECT i, 'g' || i % 5, i FROM generate_series(1, 50) i;
INSERT INTO d SELECT 'g' || i, 'name ' || i FROM generate_series(0, 6) i;
SELECT make_view('sums', 'SELECT g, count(*) AS n, sum(x) AS total, max(x) AS high FROM a GROUP BY g');
SELECT make_view('named', 'SELECT d.name, count(a.id) AS n FROM d LEFT JOIN a USING (g) GROUP BY d.name');
SELECT * FROM check_views();
UPDATE a SET x = x + 1 WHERE id % 3 = 0;
DELETE FROM a WHERE id = 50;
SELECT * FROM check_views();
SELECT * FROM ivm.verify_view('sums');
COMMIT;
SELECT * FROM check_views();
INSERT INTO a VALUES (100, 'g1', 5);
SELECT * FROM check_views();

-- the tables were there before
SET default_transaction_isolation = 'serializable';
BEGIN;
SELECT make_view('bag', 'SELECT g, x FROM a WHERE x % 2 = 0');
SELECT ivm.create_index('bag', 'g') IS NOT NULL AS made;
SELECT * FROM check_views();
INSERT INTO a VALUES (101, 'g2', 6);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- a statement of its own
SELECT make_view('few', 'SELECT g, min(x) AS low FROM a GROUP BY g HAVING count(*) > 9');
SELECT ivm.create_view('few', 'SELECT g, min(x) AS low FROM a GROUP BY g HAVING count(*) > 5', options => '{"replace": true}');
UPDATE definition SET view = 'few'::regclass, query = replace(query, '> 9', '> 5') WHERE query LIKE '% HAVING %';
INSERT INTO a VALUES (102, 'g3', 0), (103, 'g3', 7);
SELECT * FROM check_views();

-- what the state is brought up to date by
SELECT ivm.fold('sums') > 0 AS folded;
SELECT * FROM ivm.reconcile('named');
SELECT ivm.pause('bag');
INSERT INTO a VALUES (104, 'g4', 8);
SELECT * FROM ivm.resume('bag');
SELECT * FROM ivm.reconcile('sums', 'g = ''g1''');
SELECT method FROM ivm.refresh('few', 'recompute');
SELECT * FROM check_views();
SELECT count(*) FROM unnest('{sums,named,bag,few}'::regclass[]) v, ivm.verify_view(v);
-- not with changes of the transaction itself
BEGIN;
INSERT INTO a VALUES (105, 'g1', 1);
SELECT * FROM ivm.reconcile('sums');
ROLLBACK;
-- a view that others read is replaced
CREATE VIEW source AS SELECT g, x FROM a WHERE x > 5;
SELECT make_view('above', 'SELECT g, sum(x) AS s FROM source GROUP BY g');
BEGIN;
CREATE OR REPLACE VIEW source AS SELECT g, x FROM a WHERE x > 10;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT status FROM ivm.views WHERE view = 'above'::regclass;

-- deferred, and from one mode to the other
SELECT ivm.create_view('later', 'SELECT g, count(*) AS n FROM a GROUP BY g', 'deferred');
INSERT INTO a VALUES (106, 'g5', 1);
TABLE later ORDER BY g;
SELECT view_name, method, rows_read FROM ivm.refresh('later');
TABLE later ORDER BY g;
INSERT INTO a VALUES (107, 'g6', 1);
BEGIN;
SELECT ivm.alter_view('later', '{"mode": "immediate"}');
TABLE later ORDER BY g;
COMMIT;
TABLE later ORDER BY g;
SELECT ivm.alter_view('sums', '{"mode": "deferred"}');
INSERT INTO a VALUES (108, 'g0', 1);
SELECT view_name, method, rows_read FROM ivm.refresh('sums');
SELECT * FROM check_views();

-- append views take in what the transaction's snapshot shows
CREATE TABLE e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, g int, x int);
INSERT INTO e (g, x) SELECT i % 3, i FROM generate_series(1, 20) i;
SELECT ivm.create_view('appended', 'SELECT g, count(*) AS n, sum(x) AS s FROM e GROUP BY g', 'append', options => '{"watermark": "id"}');
TABLE appended ORDER BY g;
INSERT INTO e (g, x) VALUES (1, 100);
SELECT method, rows_read FROM ivm.refresh('appended');
TABLE appended ORDER BY g;

-- procedures commit, and each of their transactions sees what there is by then
CALL ivm.refresh_all('%');
CALL ivm.run_due();
SHOW transaction_isolation;
SELECT * FROM check_views();
RESET default_transaction_isolation;
DROP SCHEMA create_isolation CASCADE;

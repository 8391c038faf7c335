-- Virtual generated columns, where the server has them, of tables that views read beside
-- others: the rows that a trigger sees have NULL in their place.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_virtual_columns;
SET search_path = join_virtual_columns, ivm_test, public;
SELECT CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 'VIRTUAL' ELSE 'STORED' END AS kind \gset
CREATE TABLE a (id int PRIMARY KEY, x int, y int GENERATED ALWAYS AS (x * 2) :kind, t text);
CREATE TABLE b (id int PRIMARY KEY, z int, w int GENERATED ALWAYS AS (z + 1) :kind);
CREATE TABLE p (id int, x int, y int GENERATED ALWAYS AS (x * 2) :kind, t text) PARTITION BY LIST (id);
-- columns in another order
CREATE TABLE p1 (t text, gone int, y int GENERATED ALWAYS AS (x * 2) :kind, x int, id int);
ALTER TABLE p1 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1, 3, 5, 7);
CREATE TABLE p2 PARTITION OF p DEFAULT;
INSERT INTO a (id, x, t) SELECT i, i % 4, i FROM generate_series(1, 6) i;
INSERT INTO b (id, z) SELECT i, i % 4 FROM generate_series(1, 6) i;
INSERT INTO p (id, x, t) SELECT i, i % 4, i FROM generate_series(1, 6) i;
SELECT make_view('shown', 'SELECT a.y, b.z FROM a JOIN b USING (id)');
SELECT make_view('filtered', 'SELECT a.id, b.z FROM a JOIN b USING (id) WHERE a.y > 2');
SELECT make_view('grouped', 'SELECT a.y, count(*), sum(b.w) FROM a JOIN b USING (id) GROUP BY a.y');
SELECT make_view('joined', 'SELECT a.id, b.id AS b_id FROM a JOIN b ON a.y = b.w');
SELECT make_view('whole_rows', 'SELECT to_jsonb(a) AS j, b.z FROM a JOIN b USING (id)');
SELECT make_view('left_joined', 'SELECT a.id, a.y, b.w FROM a LEFT JOIN b ON a.y = b.w');
SELECT make_view('full_joined', 'SELECT a.id, a.y, b.w FROM a FULL JOIN b ON a.y = b.w');
SELECT make_view('padded', 'SELECT a.id, b.w FROM a LEFT JOIN b ON a.id = b.id AND b.w > 2');
SELECT make_view('existing', 'SELECT a.id, a.y FROM a WHERE EXISTS (SELECT FROM b WHERE b.w = a.y)');
SELECT make_view('missing', 'SELECT a.id FROM a WHERE NOT EXISTS (SELECT FROM b WHERE b.w > a.y AND b.w < 4)');
SELECT make_view('either', 'SELECT y FROM a UNION ALL SELECT w FROM b');
SELECT make_view('self_joined', 'SELECT l.id, r.id AS r_id FROM a l JOIN a r ON l.y = r.x');
SELECT make_view('windowed', 'SELECT id, y, sum(y) OVER (PARTITION BY y ORDER BY id) FROM a');
SELECT make_view('partitioned', 'SELECT p.id, p.y, b.w FROM p JOIN b USING (id)');
SELECT make_view('partition', 'SELECT p1.id, p1.y, b.w FROM p1 JOIN b USING (id)');
SELECT make_view('partitioned_left', 'SELECT p.id, p.y, b.w FROM p LEFT JOIN b ON p.y = b.w');
SELECT * FROM check_views();

INSERT INTO a (id, x, t) VALUES (11, 1, 'q'), (12, 2, 'r'), (13, NULL, 's');
INSERT INTO b (id, z) VALUES (11, 1), (13, 3), (14, NULL);
INSERT INTO p (id, x, t) VALUES (7, 1, 'q'), (11, 2, 'r');
SELECT * FROM check_views();
UPDATE a SET x = x + 1 WHERE id % 3 = 0;
UPDATE b SET z = z + 1 WHERE id % 2 = 0;
UPDATE p SET x = x + 1 WHERE id % 3 <> 1;
SELECT * FROM check_views();
-- a row that moves between partitions; a column that only whole rows have
UPDATE p SET id = 8 WHERE id = 3;
UPDATE a SET t = t || 'c';
SELECT * FROM check_views();
DELETE FROM a WHERE id IN (2, 11);
DELETE FROM b WHERE id IN (3, 14);
DELETE FROM p WHERE id IN (1, 2);
SELECT * FROM check_views();
BEGIN;
UPDATE a SET x = x + 1;
UPDATE b SET z = z + 1 WHERE id < 5;
UPDATE p SET x = 4 - x;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM a WHERE y > 4;
ROLLBACK TO s;
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA join_virtual_columns CASCADE;

-- A row that is inserted, updated and deleted in one transaction leaves nothing, and an
-- old one that is updated and deleted leaves as it was before.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_insert_update_delete;
SET search_path = trap_insert_update_delete, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('sums', 'SELECT k, count(*) AS n, sum(v) AS s, max(v) AS hi FROM a GROUP BY k');
SELECT make_view('joined', 'SELECT a.k, count(*) AS n, sum(v) AS sv, min(w) AS lo FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('fulls', 'SELECT k, v, w FROM a FULL JOIN b USING (k)');
SELECT make_view('lists', $$SELECT a.k, string_agg(v::text, ',' ORDER BY a.id) AS l FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k) GROUP BY a.k$$);
INSERT INTO a VALUES (1, 1, 10), (2, 2, 20);
INSERT INTO b VALUES (1, 1, 100), (2, 3, 300);
BEGIN;
INSERT INTO a VALUES (10, 1, 1);
INSERT INTO b VALUES (10, 2, 1);
SELECT * FROM check_views();
UPDATE a SET k = 2, v = 1000 WHERE id = 10;
UPDATE b SET k = 1 WHERE id = 10;
SELECT * FROM check_views();
UPDATE a SET k = 3 WHERE id = 10;
SELECT * FROM check_views();
DELETE FROM a WHERE id = 10;
DELETE FROM b WHERE id = 10;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM joined;
SELECT * FROM fulls ORDER BY 1;
SELECT * FROM check_views();
BEGIN;
UPDATE a SET v = 11 WHERE id = 1;
SAVEPOINT s;
UPDATE a SET k = 3 WHERE id = 1;
UPDATE b SET w = 1 WHERE id = 1;
DELETE FROM a WHERE id = 1;
SELECT * FROM check_views();
INSERT INTO a VALUES (1, 1, 12);
RELEASE s;
DELETE FROM b WHERE id = 1;
INSERT INTO b VALUES (1, 1, 7);
DELETE FROM a WHERE id = 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- by one statement that a trigger follows
CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE a SET k = k + 1 WHERE id = new.id;
	DELETE FROM a WHERE id = new.id;
	RETURN NULL;
END $$;
CREATE TRIGGER undo AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION undo();
INSERT INTO a VALUES (30, 2, 3), (31, 1, 3);
SELECT * FROM check_views();
DROP SCHEMA trap_insert_update_delete CASCADE;

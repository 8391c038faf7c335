-- Statements that change both sides: functions, triggers, MERGE, ON CONFLICT, COPY,
-- writes from the view itself; and reads of the view in the middle of them.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_statements;
SET search_path = join_statements, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('grouped', 'SELECT a.k, count(*) AS n, sum(w) AS s FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('lefts', 'SELECT a.id, b.w FROM a LEFT JOIN b ON a.k = b.k');
SELECT make_view('some', 'SELECT id FROM a WHERE k IN (SELECT k FROM b)');
COPY a FROM stdin;
1	1	1
2	1	2
3	2	3
\.
COPY b FROM stdin;
1	1	1
2	3	2
\.
SELECT * FROM check_views();
INSERT INTO b VALUES (1, 2, 5), (3, 1, 6) ON CONFLICT (id) DO UPDATE SET k = excluded.k, w = b.w + excluded.w;
MERGE INTO a USING b ON a.k = b.k
	WHEN MATCHED THEN UPDATE SET k = a.k + 1, v = b.w
	WHEN NOT MATCHED THEN INSERT VALUES (b.id + 10, b.k, b.w);
SELECT * FROM check_views();
INSERT INTO a SELECT 100 + row_number() OVER (ORDER BY k), k, s FROM grouped;
UPDATE b SET w = g.n FROM grouped g WHERE g.k = b.k;
DELETE FROM a USING lefts l WHERE l.id = a.id AND l.w IS NULL;
SELECT * FROM check_views();
-- a function that changes the other side and reads, once per row
CREATE FUNCTION follow(int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	UPDATE b SET k = k % 3 + 1 WHERE id = $1;
	RETURN (SELECT coalesce(sum(s), 0) FROM grouped);
END $$;
INSERT INTO a SELECT 200 + i, i, follow(i) FROM generate_series(1, 3) i;
SELECT * FROM a WHERE id > 200 ORDER BY id;
SELECT * FROM check_views();
UPDATE a SET v = (SELECT n FROM grouped g WHERE g.k = a.k), k = k % 3 + 1;
SELECT * FROM check_views();
-- triggers that change the other side, before and after
CREATE FUNCTION mirror() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		DELETE FROM b WHERE k = old.k;
		RETURN old;
	END IF;
	INSERT INTO b VALUES (1000 + new.id, new.k, (SELECT count(*) FROM lefts)) ON CONFLICT (id) DO UPDATE SET w = b.w + 1;
	PERFORM assert_exact();
	RETURN new;
END $$;
CREATE TRIGGER early BEFORE INSERT OR UPDATE ON a FOR EACH ROW EXECUTE FUNCTION mirror();
CREATE TRIGGER z_late AFTER INSERT OR DELETE ON a FOR EACH ROW EXECUTE FUNCTION mirror();
INSERT INTO a SELECT 300 + i, i + 3, i FROM generate_series(1, 3) i;
SELECT * FROM check_views();
DELETE FROM a WHERE k = 5;
UPDATE a SET k = 6 WHERE id > 200;
SELECT * FROM check_views();
DROP TRIGGER early ON a;
-- a deferred trigger changes the other side at commit
CREATE CONSTRAINT TRIGGER deferred AFTER UPDATE ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION mirror();
BEGIN;
UPDATE a SET k = 7, v = 0 WHERE id = 301;
SELECT * FROM check_views();
UPDATE b SET k = 7 WHERE id = 2;
COMMIT;
SELECT * FROM grouped WHERE k = 7;
SELECT * FROM check_views();
-- one statement's own changes are not visible to it, in a view neither
WITH x AS (UPDATE a SET k = 1 RETURNING id), y AS (DELETE FROM b RETURNING id)
SELECT (SELECT sum(n) FROM grouped) = (SELECT count(*) FROM a JOIN b ON a.k = b.k) AS same;
SELECT * FROM check_views();
DROP SCHEMA join_statements CASCADE;

-- A function or trigger that reads the view in the middle of a statement sees just what
-- it would see in the table: also the rows that the statement has written by then.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_mid_statement;
SET search_path = xact_mid_statement, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE TABLE notes (what text, view_n bigint, table_n bigint);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('total', 'SELECT count(*) AS n FROM t');
CREATE FUNCTION both_counts(what text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	INSERT INTO notes VALUES (what, (SELECT sum(n) FROM grouped), (SELECT count(*) FROM t));
	IF (SELECT n FROM total) <> (SELECT count(*) FROM t) THEN
		RAISE 'different';
	END IF;
	RETURN (SELECT count(*) FROM t);
END $$;
CREATE FUNCTION both_stable() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT (SELECT coalesce(sum(n), 0) FROM grouped) || '=' || (SELECT count(*) FROM t) $$;
-- volatile: each call sees the rows before it
INSERT INTO t SELECT i, i % 2, both_counts('insert') FROM generate_series(1, 5) i;
SELECT * FROM check_views();
UPDATE t SET x = both_counts('update ' || id), g = g + 1;
SELECT * FROM check_views();
DELETE FROM t WHERE both_counts('delete ' || id) > 3;
SELECT * FROM check_views();
SELECT * FROM notes;
TRUNCATE notes;
-- stable: sees what the statement sees
SELECT both_stable();
INSERT INTO t SELECT i, i, i FROM generate_series(11, 13) i RETURNING id, both_stable();
UPDATE t SET g = 0 RETURNING id, both_stable();
WITH d AS (DELETE FROM t WHERE id = 11 RETURNING id) SELECT id, both_stable() FROM d;
SELECT * FROM check_views();
-- triggers of all times
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM both_counts(TG_NAME || ' ' || TG_OP);
	RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER a_before_row BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER a_after_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER z_after_row AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER before_statement BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER after_statement AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION note();
INSERT INTO t VALUES (21, 1, 1), (22, 1, 1);
SELECT * FROM notes;
TRUNCATE notes;
UPDATE t SET x = x + 1, g = id % 2 WHERE id > 20;
DELETE FROM t WHERE id = 21;
SELECT count(*), bool_and(view_n = table_n) FROM notes;
TRUNCATE notes;
BEGIN;
INSERT INTO t VALUES (31, 1, 1);
SAVEPOINT s;
INSERT INTO t VALUES (32, 1, 1);
ROLLBACK TO s;
UPDATE t SET x = both_counts('after rollback') WHERE id = 31;
MERGE INTO t USING (VALUES (31), (33)) v(id) ON t.id = v.id
	WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id, 5, 5);
COMMIT;
SELECT count(*), bool_and(view_n = table_n) FROM notes;
SELECT * FROM check_views();
DROP SCHEMA xact_mid_statement CASCADE;

-- ivm.before_alter(), ALTER TABLE, ivm.after_alter(): columns that views use get other types, and
-- the views keep what they have.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA alter_column_type;
SET search_path = alter_column_type, ivm_test, public;
CREATE ROLE regress_ivm_alter;
CREATE ROLE regress_ivm_alter_reader;
GRANT USAGE, CREATE ON SCHEMA alter_column_type TO regress_ivm_alter;
GRANT USAGE ON SCHEMA alter_column_type TO regress_ivm_alter, regress_ivm_alter_reader;
CREATE TABLE t (id int PRIMARY KEY, k int, x int, note varchar(10), at date);
CREATE TABLE u (k int, name text);
ALTER TABLE t OWNER TO regress_ivm_alter;
ALTER TABLE u OWNER TO regress_ivm_alter;
INSERT INTO t SELECT g, g % 5, g, 'n' || g % 3, date '2024-01-01' + g % 7 FROM generate_series(1, 100) g;
INSERT INTO u SELECT g, 'name ' || g FROM generate_series(0, 4) g;

-- what a view has
CREATE FUNCTION shape(relid regclass) RETURNS TABLE (what text, value text) LANGUAGE sql AS $$
	SELECT 'relation', format('%s %s %s %s %s', oid, relowner::regrole, relacl, reloptions, obj_description(oid, 'pg_class'))
	FROM pg_class WHERE oid = relid
	UNION ALL
	SELECT 'column', format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attacl, col_description(attrelid, attnum))
	FROM pg_attribute WHERE attrelid = relid AND attnum > 0
	UNION ALL
	SELECT 'view', format('%s %s %s', mode, status, options) FROM ivm.views WHERE view = relid
	UNION ALL
	(SELECT 'index', regexp_replace(pg_get_indexdef(indexrelid), 'ivm_data\.\S+_\d+', 'state') || ' ' || coalesce(obj_description(indexrelid), '-')
	 FROM pg_index WHERE indrelid = (SELECT state FROM ivm.view v WHERE v.view = relid)
	 AND indexrelid::regclass::text !~ '_\d+_key' ORDER BY 2) $$;

SET ROLE regress_ivm_alter;
SELECT ivm.create_view('v', 'SELECT k, note, sum(x) AS s, count(*) AS n, max(x) AS m FROM t GROUP BY k, note');
SELECT ivm.alter_view('v', '{"fillfactor": 77}');
SELECT ivm.create_index('v', 'm DESC, (k + 1)', 'v m');
SELECT ivm.create_index('v', 'lower(note), upper(note)', 'v note');
SELECT ivm.create_index('v', 'k, note', 'v_key', true);
COMMENT ON VIEW v IS 'a comment';
COMMENT ON COLUMN v.m IS 'of a column';
COMMENT ON INDEX ivm_data."v m" IS 'of an index';
ALTER VIEW v SET (security_barrier);
GRANT SELECT ON v TO regress_ivm_alter_reader;
GRANT SELECT (k) ON v TO public;
SELECT ivm.create_view('joined', 'SELECT u.name, sum(t.x) AS s FROM t JOIN u ON t.k = u.k GROUP BY u.name');
SELECT ivm.create_view('parts', 'SELECT k, count(*) AS n, count(*) / (SELECT sum(x) FROM t)::float8 AS share FROM t GROUP BY k');
SELECT ivm.create_view('above', 'SELECT k, sum(m) AS m FROM v GROUP BY k');
SELECT ivm.create_view('unused', 'SELECT note, count(*) AS n FROM t GROUP BY note');
SELECT ivm.create_view('bag', 'SELECT id, x, note FROM t WHERE x > 90');
CREATE VIEW plain AS SELECT k, n FROM v;
CREATE FUNCTION total() RETURNS numeric BEGIN ATOMIC SELECT sum(n) FROM v; END;
RESET ROLE;
INSERT INTO definition SELECT view, rtrim(definition, ';'), 'both' FROM ivm.views WHERE schemaname = 'alter_column_type';
CREATE TABLE before AS SELECT view, viewname, s.* FROM ivm.views, shape(view) s WHERE schemaname = 'alter_column_type';
PREPARE p AS SELECT k, note, s, m FROM v ORDER BY 1, 2 LIMIT 2;
EXECUTE p;

-- the error names the views, and the calls
ALTER TABLE t ALTER k TYPE bigint, ALTER x TYPE bigint;
ALTER TABLE t ALTER note TYPE text;
ALTER TABLE t DROP COLUMN x;
-- the second call is forgotten; reads in between
BEGIN;
SELECT ivm.before_alter('t', 'k');
ALTER TABLE t ALTER k TYPE bigint;
COMMIT;
SELECT ivm.before_alter('t');
BEGIN;
SELECT ivm.before_alter('t');
PREPARE TRANSACTION 'alter_column_type';
BEGIN;
SELECT ivm.before_alter('t', 'x');
SAVEPOINT s;
SELECT * FROM v;
ROLLBACK TO s;
SELECT count(*) FROM above;
ROLLBACK TO s;
SELECT * FROM plain WHERE k = 1;
ROLLBACK TO s;
EXECUTE p;
ROLLBACK TO s;
SELECT total();
ROLLBACK TO s;
SELECT * FROM unused LIMIT 0;
SELECT ivm.refresh('v');
ROLLBACK TO s;
SELECT ivm.reconcile('joined');
ROLLBACK TO s;
SELECT * FROM ivm.verify_view('joined');
ROLLBACK TO s;
SELECT viewname, status FROM ivm.views WHERE schemaname = 'alter_column_type' ORDER BY 1;
SELECT ivm.before_alter('t', 'k');
SELECT ivm.before_alter('t');
ROLLBACK;
SELECT * FROM check_views();

-- no types of columns of the views change
BEGIN;
SELECT ivm.before_alter('u');
ALTER TABLE u ALTER name TYPE text USING name || '!';
UPDATE u SET name = 'other' WHERE k = 3;
SELECT ivm.after_alter();
COMMIT;
SELECT * FROM check_views();
SELECT * FROM joined ORDER BY 1;

-- types change: x of several, then k, which a plain view reads
SET ROLE regress_ivm_alter;
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE bigint;
INSERT INTO t VALUES (101, 1, 10000000000, 'n1', '2024-01-01');
SELECT ivm.after_alter();
INSERT INTO t VALUES (102, 1, 20000000000, 'n1', '2024-01-01');
SELECT * FROM v WHERE m > 1000000;
COMMIT;
RESET ROLE;
SELECT * FROM check_views();
SELECT viewname, s.* FROM ivm.views, shape(view) s WHERE schemaname = 'alter_column_type'
EXCEPT SELECT viewname, what, value FROM before ORDER BY 1, 2, 3;
SELECT viewname, what, value FROM before
EXCEPT SELECT viewname, s.* FROM ivm.views, shape(view) s WHERE schemaname = 'alter_column_type' ORDER BY 1, 2, 3;
DEALLOCATE p;
SELECT total();
BEGIN;
SELECT ivm.before_alter('t', 'k', 'note');
ALTER TABLE t ALTER k TYPE bigint;
SELECT ivm.after_alter();
ROLLBACK;
SELECT * FROM check_views();
BEGIN;
SELECT ivm.before_alter('t', 'k', 'note');
ALTER TABLE t ALTER k TYPE bigint, ALTER note TYPE text;
SAVEPOINT s;
SELECT ivm.after_alter();
ROLLBACK TO s;
DROP VIEW plain;
SAVEPOINT s;
SELECT ivm.after_alter();
ROLLBACK TO s;
SELECT ivm.after_alter();
SELECT ivm.after_alter();
CREATE VIEW plain AS SELECT k, n FROM v;
UPDATE t SET k = 10000000000, note = 'long, longer, longest' WHERE id = 7;
COMMIT;
SELECT * FROM check_views();
SELECT viewname, what, value FROM before
EXCEPT SELECT viewname, s.* FROM ivm.views, shape(view) s WHERE schemaname = 'alter_column_type' ORDER BY 1, 2, 3;
SELECT viewname, s.* FROM ivm.views, shape(view) s WHERE schemaname = 'alter_column_type'
EXCEPT SELECT viewname, what, value FROM before ORDER BY 1, 2, 3;
SET ROLE regress_ivm_alter_reader;
SELECT * FROM v WHERE k = 10000000000;
RESET ROLE;

-- a savepoint takes back the first call, then the second
BEGIN;
SAVEPOINT s;
SELECT ivm.before_alter('t', 'x');
ROLLBACK TO s;
UPDATE t SET x = x + 1 WHERE id = 3;
COMMIT;
SELECT * FROM check_views();
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE numeric;
SAVEPOINT s;
SELECT ivm.after_alter();
ROLLBACK TO s;
ALTER TABLE t ALTER x TYPE numeric(20, 2);
COMMIT;
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE numeric;
SAVEPOINT s;
SELECT ivm.after_alter();
ROLLBACK TO s;
ALTER TABLE t ALTER x TYPE numeric(20, 2);
SELECT ivm.after_alter();
COMMIT;
SELECT * FROM check_views();

-- two tables at once; rows left for later; other isolation levels; a cursor
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM t;
DROP VIEW plain;
SELECT ivm.before_alter('u', 'k');
SELECT ivm.before_alter('t', 'k');
ALTER TABLE u ALTER k TYPE numeric;
ALTER TABLE t ALTER k TYPE numeric;
SELECT ivm.after_alter(with_data => false);
SELECT * FROM joined WHERE name = 'other';
COMMIT;
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'alter_column_type' ORDER BY 1;
SELECT * FROM check_views();
CALL ivm.rebuild('joined');
SELECT method FROM ivm.refresh('v');
UPDATE t SET k = 3.5 WHERE id = 8;
UPDATE u SET k = 3.5 WHERE k = 2;
SELECT * FROM check_views();
CALL ivm.refresh_all('%');
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'alter_column_type' AND status <> 'ready';
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM v;
FETCH 0 FROM c;
SELECT ivm.before_alter('t', 'x');
ROLLBACK;
BEGIN;
UPDATE t SET x = 6 WHERE id = 5;
SELECT ivm.before_alter('t', 'x');
ROLLBACK;

-- what the definition needs is gone, or cannot be had with the new type
\set VERBOSITY sqlstate
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t DROP COLUMN x;
SELECT ivm.after_alter();
ROLLBACK;
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE text;
SELECT ivm.after_alter();
ROLLBACK;
\set VERBOSITY default
BEGIN;
SELECT ivm.before_alter('t', 'note');
ALTER TABLE t ALTER note TYPE jsonb USING to_jsonb(note);
SELECT ivm.after_alter();
ROLLBACK;
BEGIN;
SELECT ivm.before_alter('t', 'x');
DROP VIEW above, v CASCADE;
ALTER TABLE t ALTER x TYPE float8;
SELECT ivm.after_alter();
ROLLBACK;
ALTER TABLE t DROP COLUMN at;
SELECT * FROM check_views();
BEGIN;
SET LOCAL client_min_messages = warning;
ALTER TABLE t DROP COLUMN x CASCADE;
SELECT viewname, status FROM ivm.views WHERE schemaname = 'alter_column_type';
ROLLBACK;

-- what depends on a column that gets another type; in one statement
CREATE RULE "a rule" AS ON INSERT TO bag DO INSTEAD INSERT INTO u VALUES (NEW.id, NEW.x::text);
ALTER VIEW bag ALTER x SET DEFAULT 1;
CREATE TABLE of_row (bags bag[]);
CREATE VIEW of_rows AS SELECT array_agg(bag) AS bags FROM bag;
CREATE MATERIALIZED VIEW of_x AS SELECT x FROM bag;
CREATE VIEW of_number AS SELECT count(*) AS n FROM bag;
CREATE FUNCTION x_of(bag) RETURNS text BEGIN ATOMIC SELECT $1.x::text; END;
CREATE FUNCTION id_of(bag) RETURNS int LANGUAGE sql AS 'SELECT $1.id';
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE float8;
SELECT ivm.after_alter();
ROLLBACK;
DROP RULE "a rule" ON bag;
DROP FUNCTION x_of(bag);
DROP VIEW of_rows;
DROP MATERIALIZED VIEW of_x;
DROP TABLE of_row;
ALTER VIEW bag ALTER x DROP DEFAULT;
DO $$
BEGIN
	PERFORM ivm.before_alter('t', 'x');
	ALTER TABLE t ALTER x TYPE numeric(30, 3);
	PERFORM ivm.after_alter();
END $$;
SELECT id_of(bag) FROM bag WHERE id = 95;
SELECT * FROM of_number;
SELECT * FROM check_views();

-- privileges and arguments
SET ROLE regress_ivm_alter_reader;
SELECT ivm.before_alter('t', 'x');
SELECT ivm.after_alter();
RESET ROLE;
ALTER VIEW above OWNER TO regress_ivm_alter_reader;
SET ROLE regress_ivm_alter;
SELECT ivm.before_alter('t', 'x');
RESET ROLE;
ALTER VIEW above OWNER TO regress_ivm_alter;
SELECT ivm.before_alter(NULL);
SELECT ivm.before_alter('v');
SELECT ivm.before_alter('t', 'none');
SELECT ivm.before_alter('t', 'ctid');
SELECT ivm.before_alter('t', NULL);
SELECT ivm.before_alter('before');
BEGIN READ ONLY;
SELECT ivm.before_alter('t');
ROLLBACK;

-- a plain view in between
CREATE VIEW between_ AS SELECT k, x FROM t WHERE x > 0;
SELECT make_view('over_plain', 'SELECT k, sum(x) AS s FROM between_ GROUP BY k');
BEGIN;
SELECT ivm.before_alter('t', 'x');
DROP VIEW between_;
ALTER TABLE t ALTER x TYPE bigint;
CREATE VIEW between_ AS SELECT k, x FROM t WHERE x > 0;
SELECT ivm.after_alter();
COMMIT;
SELECT * FROM check_views();

-- renamed columns of a view stay renamed
ALTER VIEW unused RENAME n TO "How many";
BEGIN;
SELECT ivm.before_alter('t', 'note');
ALTER TABLE t ALTER note TYPE varchar(30);
SELECT ivm.after_alter();
COMMIT;
SELECT * FROM unused ORDER BY 1;
SELECT * FROM check_views();
DROP SCHEMA alter_column_type CASCADE;
DROP ROLE regress_ivm_alter, regress_ivm_alter_reader;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;

-- Tables, columns, views and schemas are renamed and moved; views go on.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_names;
SET search_path = alter_names, ivm_test, public;
CREATE TABLE t (g int, x numeric, y text);
INSERT INTO t SELECT i % 3, i, i FROM generate_series(1, 10) i;
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM t WHERE y <> ''4'' GROUP BY g, y || ''a''');
SELECT ivm.create_view('"Bag ""1"""', 'SELECT x, y FROM t');
CREATE FUNCTION same(v text, q text) RETURNS text LANGUAGE sql AS $$ SELECT ivm_test.oracle(v::regclass, q) $$;
ALTER TABLE t RENAME COLUMN x TO "X ""y""";
ALTER TABLE t RENAME COLUMN y TO x;
INSERT INTO t VALUES (1, 11, 'a');
SELECT same('v', $$SELECT g, sum("X ""y""") AS s FROM t WHERE x <> '4' GROUP BY g, x || 'a'$$);
SELECT same('"Bag ""1"""', $$SELECT "X ""y""", x FROM t$$);
ALTER TABLE t RENAME TO "T $1";
ALTER VIEW v RENAME TO "select";
ALTER VIEW "select" RENAME COLUMN s TO "S";
UPDATE "T $1" SET "X ""y""" = 12 WHERE x = 'a';
SELECT same('"select"', $$SELECT g, sum("X ""y""") AS s FROM "T $1" WHERE x <> '4' GROUP BY g, x || 'a'$$);
CREATE SCHEMA "alter names 2";
ALTER TABLE "T $1" SET SCHEMA "alter names 2";
ALTER VIEW "select" SET SCHEMA "alter names 2";
DELETE FROM "alter names 2"."T $1" WHERE x = '5';
SELECT same('"alter names 2"."select"', $$SELECT g, sum("X ""y""") AS s FROM "alter names 2"."T $1" WHERE x <> '4' GROUP BY g, x || 'a'$$);
ALTER SCHEMA "alter names 2" RENAME TO "alter names 3";
INSERT INTO "alter names 3"."T $1" VALUES (5, 5, 'f');
SELECT same('"alter names 3"."select"', $$SELECT g, sum("X ""y""") AS s FROM "alter names 3"."T $1" WHERE x <> '4' GROUP BY g, x || 'a'$$);
SELECT same('"Bag ""1"""', $$SELECT "X ""y""", x FROM "alter names 3"."T $1"$$);
-- a later session derives it all again
\c -
SET search_path = alter_names, ivm_test, public;
INSERT INTO "alter names 3"."T $1" VALUES (6, 5, 'f');
SELECT same('"alter names 3"."select"', $$SELECT g, sum("X ""y""") AS s FROM "alter names 3"."T $1" WHERE x <> '4' GROUP BY g, x || 'a'$$);
SELECT schemaname, viewname, status FROM ivm.views WHERE schemaname ~ 'alter.names' ORDER BY 1, 2;
TRUNCATE "alter names 3"."T $1";
SELECT same('"alter names 3"."select"', $$SELECT g, sum("X ""y""") AS s FROM "alter names 3"."T $1" WHERE x <> '4' GROUP BY g, x || 'a'$$);
SET client_min_messages = warning;
DROP SCHEMA "alter names 3" CASCADE;
DROP SCHEMA alter_names CASCADE;

-- Quoted names in joins; columns and tables renamed, columns dropped, added and in
-- another place.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_names;
SET search_path = join_names, ivm_test, public;
CREATE TABLE "Fact ""1""" (junk int, "select" int, "a""b" int, id int, "x'y" text);
CREATE TABLE "dim $1" (x1 int, name text, "select" int, x2 text);
ALTER TABLE "Fact ""1""" DROP COLUMN junk;
SELECT make_view('"Joined ""1"""', $$SELECT "select", count(*) AS "count(*)", sum("a""b") AS "sum ""b""", max("dim $1".name) AS "max" FROM "Fact ""1""" f JOIN "dim $1" USING ("select") GROUP BY "select"$$);
SELECT make_view('"left"', $$SELECT f.id, "T $2"."name" AS "N" FROM "Fact ""1""" f LEFT JOIN "dim $1" "T $2" ON "T $2"."select" = f."select" AND f."x'y" <> ''$$);
SELECT make_view('"%s"', $$SELECT "select" AS "a b" FROM "Fact ""1""" WHERE NOT EXISTS (SELECT FROM "dim $1" d WHERE d."select" = "Fact ""1"""."select")$$);
INSERT INTO "dim $1" SELECT i, 'n' || i, i % 5, 'x' FROM generate_series(1, 6) i;
INSERT INTO "Fact ""1""" SELECT i % 6, i, i, i::text FROM generate_series(1, 12) i;
SELECT * FROM check_views();
-- a column dropped, another added: the rows captured before and after differ in shape
BEGIN;
UPDATE "dim $1" SET name = name || '!' WHERE x1 < 3;
INSERT INTO "Fact ""1""" VALUES (1, 100, 100, 'before');
COMMIT;
ALTER TABLE "dim $1" DROP COLUMN x1;
ALTER TABLE "dim $1" ADD COLUMN added int DEFAULT 7;
ALTER TABLE "Fact ""1""" ADD COLUMN added int;
UPDATE "dim $1" SET "select" = "select" + 1 WHERE name = 'n3';
INSERT INTO "Fact ""1""" VALUES (2, 200, 200, 'after', 1);
SELECT * FROM check_views();
-- renamed: the definitions follow
ALTER TABLE "dim $1" RENAME COLUMN "select" TO "from";
ALTER TABLE "Fact ""1""" RENAME COLUMN "x'y" TO name;
ALTER TABLE "Fact ""1""" RENAME TO "where";
CREATE TABLE "Fact ""1""" (id int);
INSERT INTO "where" VALUES (3, 300, 300, 'third');
DELETE FROM "dim $1" WHERE "from" = 1;
SELECT oracle('"Joined ""1"""', $$SELECT f."select", count(*) AS "count(*)", sum("a""b") AS "sum ""b""", max(d.name) AS "max" FROM "where" f JOIN "dim $1" d ON f."select" = d."from" GROUP BY f."select"$$);
SELECT oracle('"left"', $$SELECT f.id, d."name" AS "N" FROM "where" f LEFT JOIN "dim $1" d ON d."from" = f."select" AND f.name <> ''$$);
SELECT oracle('"%s"', $$SELECT "select" AS "a b" FROM "where" WHERE NOT EXISTS (SELECT FROM "dim $1" d WHERE d."from" = "where"."select")$$);
-- a used column is not dropped
\set VERBOSITY terse
ALTER TABLE "where" DROP COLUMN "select";
DROP SCHEMA join_names CASCADE;

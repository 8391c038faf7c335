-- Columns dropped and renamed, quoted names, partitions with columns in another order:
-- captured rows are those of the table, not of their place in it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_changed_columns;
SET search_path = trap_changed_columns, ivm_test, public;
CREATE TABLE "A a" ("drop me" text, "K k" int, "v""q" int);
ALTER TABLE "A a" DROP COLUMN "drop me", ADD COLUMN late int DEFAULT 3;
CREATE TABLE b (k int, gone int, w int) PARTITION BY LIST (k);
CREATE TABLE b1 (w int, gone int, k int);
ALTER TABLE b ATTACH PARTITION b1 FOR VALUES IN (1, 2);
CREATE TABLE b2 PARTITION OF b DEFAULT;
SELECT make_view('"V v"', 'SELECT "K k", count(*) AS n, sum("v""q" * w) AS "s""q", max(late) AS l FROM "A a" JOIN b ON k = "K k" GROUP BY "K k"');
SELECT make_view('lefts', 'SELECT "K k", late, w FROM "A a" LEFT JOIN b ON k = "K k"');
INSERT INTO "A a" SELECT i % 4, i FROM generate_series(1, 8) i;
INSERT INTO b SELECT i % 4, 0, i FROM generate_series(1, 8) i;
SELECT * FROM check_views();
ALTER TABLE b DROP COLUMN gone;
UPDATE b SET k = k + 1;
SELECT * FROM check_views();
BEGIN;
INSERT INTO "A a" VALUES (1, 100, 7);
ALTER TABLE "A a" ADD COLUMN more text;
UPDATE b SET w = w + 1 WHERE k = 1;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
ALTER TABLE "A a" RENAME COLUMN late TO "late ""r""";
ALTER TABLE b RENAME COLUMN w TO "w w";
ALTER TABLE "A a" DROP COLUMN more;
INSERT INTO "A a" VALUES (2, 5, 5);
DELETE FROM b WHERE k = 1;
SELECT oracle('"V v"', 'SELECT "K k", count(*) AS n, sum("v""q" * "w w") AS "s""q", max("late ""r""") AS l FROM "A a" JOIN b ON k = "K k" GROUP BY "K k"');
SELECT oracle('lefts', 'SELECT "K k", "late ""r""" AS late, "w w" AS w FROM "A a" LEFT JOIN b ON k = "K k"');
DROP SCHEMA trap_changed_columns CASCADE;

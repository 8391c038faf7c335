-- Odd names: quotes, spaces, upper case, keywords, the names of ivm's own columns, and
-- 63 bytes of length.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_names;
SET search_path = query_names, ivm_test, public;
CREATE SCHEMA "Odd ""S""";
CREATE TABLE "Odd ""S"""."My 'Table'" ("select" int, "a""b" numeric, "x'y" text, "row_count" int, slot int, dirty boolean, key_hash bigint, "ä $1 %s \n" int, abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk int);
SELECT make_view('"Odd ""S"""."View ''1''"', $$SELECT "select", sum("a""b") AS "sum of ""a""", count("x'y") AS "c'" FROM "Odd ""S"""."My 'Table'" GROUP BY "select"$$);
SELECT make_view('own_names', $$SELECT row_count, slot, dirty, key_hash, count(*) AS key_hash_2, sum("select") AS row_count_sum, max("select") AS slot_max FROM "Odd ""S"""."My 'Table'" GROUP BY row_count, slot, dirty, key_hash$$);
SELECT make_view('"%s"', $$SELECT "ä $1 %s \n", count(*) AS "?column?", 'it''s' AS "'" FROM "Odd ""S"""."My 'Table'" GROUP BY "ä $1 %s \n"$$);
SELECT make_view('abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk', $$SELECT abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk, sum("a""b") AS bbcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk, avg("select") AS bbcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijl, max("select") AS bbcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijm FROM "Odd ""S"""."My 'Table'" GROUP BY 1$$);
SELECT make_view('abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijl', $$SELECT row_count AS k_sum, sum(slot) AS k, sum("select") AS k_count FROM "Odd ""S"""."My 'Table'" GROUP BY row_count$$);
-- a key that is not selected, and an aggregate with its name
SELECT make_view('hidden_key', $$SELECT max("select") AS slot, sum(row_count) AS "select" FROM "Odd ""S"""."My 'Table'" t GROUP BY t.slot$$);
INSERT INTO "Odd ""S"""."My 'Table'" SELECT i % 3, i / 4.0, chr(97 + i % 5), i % 4, i % 2, i % 3 = 0, i, i % 5, i % 6 FROM generate_series(1, 30) i;
SELECT * FROM "Odd ""S"""."View '1'" ORDER BY 1;
SELECT * FROM "%s" ORDER BY 1;
SELECT * FROM check_views();
UPDATE "Odd ""S"""."My 'Table'" SET "select" = 5 - "select", slot = "select", dirty = NOT dirty, key_hash = row_count;
SELECT * FROM check_views();
DELETE FROM "Odd ""S"""."My 'Table'" WHERE "a""b" > 3;
SELECT * FROM check_views();
DROP SCHEMA "Odd ""S""" CASCADE;
DROP SCHEMA query_names CASCADE;

-- Kept plans look for a row of their inner side first where they have found it last.  Rows that
-- go, move, change their key or are no longer those of a partial index, between one use and
-- the next and in the same transaction, must not be taken for what is looked for.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_hints;
SET search_path = join_hints, ivm_test, public;
-- small tables, too, are read by an index
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_bitmapscan = off;
SET enable_material = off;
SET enable_sort = off;
CREATE COLLATION nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE f (id int GENERATED ALWAYS AS IDENTITY, d int, e int, big bigint, code text, x int);
CREATE INDEX f_d ON f (d, x);
CREATE TABLE d (id int PRIMARY KEY, g text, active boolean NOT NULL DEFAULT true, part int) WITH (fillfactor = 50);
CREATE TABLE partial (id int, active boolean, g text, filler text DEFAULT repeat('x', 800)) WITH (fillfactor = 10, autovacuum_enabled = off);
CREATE UNIQUE INDEX partial_active ON partial (id) WHERE active;
CREATE TABLE expression (id int, name text, g text);
CREATE UNIQUE INDEX expression_name ON expression (lower(name));
CREATE TABLE later (id int, g text, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE alike (code text COLLATE nd PRIMARY KEY, g text);
CREATE TABLE wide (id bigint PRIMARY KEY, g text);
CREATE TABLE pair (a int, b int, g text, PRIMARY KEY (a, b));
CREATE TABLE named (name name PRIMARY KEY, g text);
CREATE TABLE covered (id int, g text);
CREATE UNIQUE INDEX covered_id ON covered (id) INCLUDE (g);
CREATE TABLE moving (id int PRIMARY KEY, g text, filler text DEFAULT repeat('x', 800)) WITH (fillfactor = 30, autovacuum_enabled = off);
CREATE TABLE parted (id int PRIMARY KEY, g text) PARTITION BY RANGE (id);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (3);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (3) TO (MAXVALUE);
INSERT INTO d SELECT n, 'g' || n % 3, true, n FROM generate_series(1, 6) n;
INSERT INTO partial SELECT n, true, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO expression SELECT n, 'N' || n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO later SELECT n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO alike SELECT 'n' || n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO wide SELECT n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO pair SELECT n, 1 + n % 2, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO named SELECT 'n' || n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO covered SELECT n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO moving SELECT n, 'g' || n FROM generate_series(1, 6) n;
INSERT INTO parted SELECT n, 'g' || n FROM generate_series(1, 6) n;
SELECT make_view('inner_join', 'SELECT d.g, count(*) AS n, sum(f.x) AS s FROM f JOIN d ON d.id = f.d GROUP BY d.g');
SELECT make_view('condition', 'SELECT f.x, d.g FROM f JOIN d ON d.id = f.d AND d.active AND f.x <> d.part');
SELECT make_view('twice', 'SELECT a.g AS g1, b.g AS g2, count(*) AS n FROM f JOIN d a ON a.id = f.d JOIN d b ON b.id = f.e GROUP BY 1, 2');
SELECT make_view('left_join', 'SELECT d.g, count(f.id) AS n FROM d LEFT JOIN f ON f.d = d.id GROUP BY d.g');
SELECT make_view('left_other', 'SELECT f.x, d.g FROM f LEFT JOIN d ON d.id = f.d AND d.active');
SELECT make_view('semi_join', 'SELECT d.g, count(*) AS n FROM d WHERE EXISTS (SELECT FROM f WHERE f.d = d.id AND f.x > 1) GROUP BY d.g');
SELECT make_view('anti_join', 'SELECT d.id, d.g FROM d WHERE NOT EXISTS (SELECT FROM f WHERE f.d = d.id AND f.x > d.part)');
SELECT make_view('by_partial', 'SELECT f.x, p.g FROM f JOIN partial p ON p.id = f.d AND p.active');
SELECT make_view('semi_partial', 'SELECT f.x FROM f WHERE EXISTS (SELECT FROM partial p WHERE p.id = f.d AND p.active)');
SELECT make_view('by_expression', 'SELECT f.x, p.g FROM f JOIN expression p ON lower(p.name) = lower(f.code)');
SELECT make_view('by_later', 'SELECT f.x, p.g FROM f JOIN later p ON p.id = f.d');
SELECT make_view('by_alike', 'SELECT f.x, p.g, p.code FROM f JOIN alike p ON p.code = f.code COLLATE nd');
SELECT make_view('by_wide', 'SELECT f.x, w.g, d.g AS g2 FROM f JOIN wide w ON w.id = f.d JOIN d ON d.id = f.big');
SELECT make_view('by_pair', 'SELECT f.x, p.g FROM f JOIN pair p ON p.a = f.d AND p.b = f.e');
SELECT make_view('by_named', 'SELECT f.x, p.g FROM f JOIN named p ON p.name = f.code');
SELECT make_view('by_covered', 'SELECT f.x, p.id FROM f JOIN covered p ON p.id = f.d');
SELECT make_view('by_moving', 'SELECT f.x, p.g FROM f JOIN moving p ON p.id = f.d');
SELECT make_view('by_parted', 'SELECT f.x, p.g FROM f JOIN parted p ON p.id = f.d');
-- transactions of a row each, over the same few values again and again
CREATE PROCEDURE write(rounds int DEFAULT 1) LANGUAGE plpgsql AS $$
BEGIN
	FOR r IN 1 .. rounds LOOP
		FOR k IN 0 .. 7 LOOP
			INSERT INTO f (d, e, big, code, x)
			VALUES (nullif(k, 0), 1 + k % 2, k, CASE k % 2 WHEN 0 THEN 'N' ELSE 'n' END || k, r + k % 3);
			COMMIT;
			DELETE FROM f WHERE id = (SELECT min(id) FROM f WHERE d = k HAVING count(*) > 3);
			COMMIT;
		END LOOP;
	END LOOP;
END $$;
CALL write(4);
SELECT * FROM check_views();
-- versions in the same page and in others, keys that change places, rows in the place of others
UPDATE d SET g = g || '!' WHERE id <= 3;
CALL write();
UPDATE d SET id = id + 100 WHERE id IN (1, 2);
CALL write();
UPDATE d SET id = 103 - id WHERE id > 100;
UPDATE pair SET a = 17 - a, b = 3 - b;
UPDATE alike SET code = upper(code);
UPDATE named SET name = name || 'x' WHERE name < 'n3';
UPDATE wide SET id = 7 - id + 10;
UPDATE covered SET id = CASE id WHEN 1 THEN 20 ELSE id END;
CALL write(2);
UPDATE wide SET id = id - 10;
UPDATE pair SET a = a - 10;
UPDATE covered SET id = 1, g = 'back' WHERE id = 20;
DELETE FROM d WHERE id IN (3, 4);
VACUUM d, pair, wide, covered;
INSERT INTO d VALUES (4, 'new4', true, 0), (3, 'new3', false, 9), (7, 'new7', true, 1);
CALL write(2);
SELECT * FROM check_views();
-- a row in the place where the version found last of another one was
UPDATE moving SET g = g || '!' WHERE id IN (3, 6);
CALL write();
UPDATE moving SET g = g || '!' WHERE id IN (3, 6);
SELECT count(*) FROM moving;
UPDATE moving SET g = 'where another was' WHERE id IN (2, 5);
CALL write();
SELECT * FROM check_views() WHERE view LIKE '%moving';
-- a row that the partial index has no longer, and another one that it has
UPDATE partial SET g = g || '!' WHERE id = 6;
CALL write();
UPDATE partial SET active = false WHERE id = 6;
SELECT count(*) FROM partial;
UPDATE partial SET g = 'where the one found was' WHERE id = 6;
CALL write();
SELECT * FROM check_views() WHERE view LIKE '%partial';
UPDATE partial SET active = false WHERE id <= 3;
CALL write();
INSERT INTO partial SELECT n, true, 'second' || n FROM generate_series(1, 2) n;
CALL write(2);
UPDATE partial SET active = NULL, id = 5 WHERE id = 4;
CALL write();
SELECT * FROM check_views();
-- both sides in one transaction, and what was before it
BEGIN;
UPDATE d SET id = 50 WHERE id = 5;
INSERT INTO f (d, e, big, code, x) VALUES (5, 1, 5, 'n5', 3), (50, 1, 50, 'n5', 3);
SELECT * FROM check_views();
INSERT INTO d VALUES (5, 'other', true, 2);
DELETE FROM f WHERE d = 6;
SAVEPOINT s;
UPDATE d SET g = 'gone', active = false;
INSERT INTO f (d, e, x) VALUES (6, 6, 6);
ROLLBACK TO s;
COMMIT;
CALL write();
BEGIN;
DELETE FROM d WHERE id = 2;
DELETE FROM f WHERE d = 2;
INSERT INTO d VALUES (2, 'again', true, 1);
COMMIT;
CALL write();
SELECT * FROM check_views();
-- two rows of a key until the end of the transaction
BEGIN;
INSERT INTO later VALUES (1, 'double');
INSERT INTO f (d, x) VALUES (1, 70), (2, 70);
SELECT * FROM check_views() WHERE view LIKE '%later';
UPDATE later SET id = 8 WHERE g = 'g1';
COMMIT;
CALL write();
-- an index that goes, comes back and is not valid; a table that gets shorter
ALTER TABLE d DROP CONSTRAINT d_pkey;
CALL write();
INSERT INTO d VALUES (1, 'double', true, 3);
CALL write(2);
SELECT * FROM check_views();
CREATE UNIQUE INDEX CONCURRENTLY d_id ON d (id);
CALL write(2);
DELETE FROM d WHERE g = 'double';
REINDEX INDEX d_id;
CALL write(2);
TRUNCATE covered;
INSERT INTO covered SELECT n, 'h' || n FROM generate_series(-2000, 6) n;
CALL write(2);
DELETE FROM covered WHERE id > -1900;
VACUUM covered;
CALL write();
INSERT INTO covered SELECT n, 'i' || n FROM generate_series(1, 6) n;
CALL write();
VACUUM FULL covered;
CALL write();
SELECT * FROM check_views();
-- transactions that find what they do not lock
SET default_transaction_isolation = serializable;
CALL write();
SET default_transaction_isolation = 'repeatable read';
CALL write();
RESET default_transaction_isolation;
SELECT * FROM check_views();
DROP SCHEMA join_hints CASCADE;

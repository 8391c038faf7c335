-- A transaction changes rows and then replaces the storage of their table: values
-- stored out of line are gone with the old storage, and ALTER TABLE leaves no row as
-- it was before the transaction.  Views are exact before the commit and after it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_rewrite_external;
SET search_path = xact_rewrite_external, ivm_test, public;
CREATE ACCESS METHOD regress_ivm_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE FUNCTION long(seed text) RETURNS text IMMUTABLE LANGUAGE sql AS
$$ SELECT repeat(seed || '-', 6000 / (length(seed) + 1)) $$;
CREATE TABLE doc (id int PRIMARY KEY, k int, body text, tags text[], spare int DEFAULT 0);
CREATE TABLE f (id int PRIMARY KEY, k int, note text);
CREATE TABLE third (id int PRIMARY KEY, k int);
ALTER TABLE doc ALTER body SET STORAGE EXTERNAL, ALTER tags SET STORAGE EXTERNAL;
ALTER TABLE f ALTER note SET STORAGE EXTERNAL;
CREATE INDEX doc_k ON doc (k);
CREATE INDEX f_k ON f (k);
-- rows of joins
SELECT make_view('joined', 'SELECT f.id, doc.body FROM f JOIN doc USING (k)');
SELECT make_view('joined_tags', 'SELECT f.id, doc.tags, f.note FROM f JOIN doc USING (k)');
SELECT make_view('joined_values', 'SELECT f.id, doc.id AS d FROM f JOIN doc ON f.note < doc.body');
SELECT make_view('self', 'SELECT a.id, b.body FROM doc a JOIN doc b ON a.k = b.k');
SELECT make_view('lefts', 'SELECT f.id, f.note, doc.body FROM f LEFT JOIN doc USING (k)');
SELECT make_view('lefts_back', 'SELECT doc.id, doc.body, f.note FROM doc LEFT JOIN f USING (k)');
SELECT make_view('fulls', 'SELECT f.id, doc.body FROM f FULL JOIN doc USING (k)');
SELECT make_view('none', 'SELECT f.id, f.note FROM f WHERE NOT EXISTS (SELECT FROM doc WHERE doc.k = f.k)');
SELECT make_view('none_less', 'SELECT f.id FROM f WHERE NOT EXISTS (SELECT FROM doc WHERE doc.k < f.k AND doc.body <> f.note)');
SELECT make_view('three', 'SELECT f.id, third.id AS t, doc.body FROM f JOIN doc USING (k) LEFT JOIN third USING (k)');
SELECT make_view('unions', 'SELECT body FROM doc UNION SELECT note FROM f');
-- aggregates over joins
SELECT make_view('joined_extremes', 'SELECT f.k, min(body) AS lo, max(note) AS hi, count(*) AS n FROM f JOIN doc USING (k) GROUP BY f.k');
SELECT make_view('joined_lists', 'SELECT f.k, string_agg(body, '','' ORDER BY doc.id, f.id) AS l FROM f JOIN doc USING (k) GROUP BY f.k');
SELECT make_view('left_extremes', 'SELECT f.k, min(body) AS lo, count(DISTINCT body) AS n FROM f LEFT JOIN doc USING (k) GROUP BY f.k');
SELECT make_view('joined_distinct', 'SELECT DISTINCT body, note FROM f JOIN doc USING (k)');
-- one table
SELECT make_view('extremes', 'SELECT k, min(body) AS lo, max(body) AS hi, max(tags) AS tags FROM doc GROUP BY k');
SELECT make_view('lists', 'SELECT k, string_agg(body, '','' ORDER BY id) AS l, array_agg(tags[1] ORDER BY id) AS a FROM doc GROUP BY k');
SELECT make_view('bag', 'SELECT body, tags FROM doc');
SELECT make_view('bodies', 'SELECT DISTINCT body FROM doc');
SELECT make_view('groups', 'SELECT body, count(*) AS n, sum(id) AS s FROM doc GROUP BY body');
SELECT make_view('distincts', 'SELECT k, count(DISTINCT body) AS n FROM doc GROUP BY k');
SELECT make_view('tops', 'SELECT id, body FROM doc ORDER BY body DESC, id LIMIT 3');

CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE doc, f, third;
	INSERT INTO doc SELECT n, n % 5, long('b' || n % 7), ARRAY[long('t' || n), 'short'] FROM generate_series(1, 12) n;
	INSERT INTO f SELECT n, n % 7, long('n' || n % 6) FROM generate_series(1, 12) n;
	INSERT INTO third SELECT n, n FROM generate_series(1, 4) n;
	COMMIT;
	PERFORM assert_exact();
END $$;
-- rows changed, storage replaced by some commands, and rows changed again
CREATE PROCEDURE change(VARIADIC commands text[]) LANGUAGE plpgsql AS $$
DECLARE
	command	text;
BEGIN
	CALL fill();
	-- removed, moved, another value, added, come and gone
	DELETE FROM doc WHERE k = 1 OR id IN (2, 12);
	UPDATE doc SET k = k + 1 WHERE id IN (3, 9);
	UPDATE doc SET body = long('new' || id) WHERE id IN (4, 5);
	INSERT INTO doc VALUES (20, 3, long('a'), ARRAY[long('t20')]), (21, 8, long('z'), NULL);
	DELETE FROM doc WHERE id = 21;
	UPDATE f SET note = long('other') WHERE id IN (2, 3);
	FOREACH command IN ARRAY commands LOOP
		EXECUTE command;
	END LOOP;
	PERFORM assert_exact();
	UPDATE doc SET body = body || '!' WHERE id IN (4, 7);
	DELETE FROM doc WHERE id IN (5, 9);
	DELETE FROM f WHERE id = 3;
	INSERT INTO doc VALUES (22, 2, long('later'), ARRAY[long('t22')]);
	PERFORM assert_exact();
	COMMIT;
	PERFORM assert_exact();
	-- replaced first
	FOREACH command IN ARRAY commands LOOP
		EXECUTE command;
	END LOOP;
	DELETE FROM doc WHERE id IN (4, 8);
	INSERT INTO f VALUES (30, 2, long('f30'));
	PERFORM assert_exact();
	COMMIT;
	PERFORM assert_exact();
END $$;
CALL change('SELECT');
CALL change('ALTER TABLE doc DROP COLUMN IF EXISTS n', 'ALTER TABLE doc ADD COLUMN n serial');
CALL change('ALTER TABLE doc DROP COLUMN n', 'ALTER TABLE doc ADD COLUMN n float DEFAULT random()');
CALL change('ALTER TABLE doc ALTER COLUMN spare TYPE bigint USING spare + 1');
CALL change('ALTER TABLE f DROP COLUMN IF EXISTS n', 'ALTER TABLE f ADD COLUMN n serial');
CALL change('ALTER TABLE third DROP COLUMN IF EXISTS n', 'ALTER TABLE third ADD COLUMN n serial');
-- stale from then on, and repaired
SET client_min_messages = error;
CALL change('ALTER TABLE doc SET UNLOGGED', 'ALTER TABLE doc SET LOGGED');
SET client_min_messages = warning;
SELECT count(*) > 0 AS repaired FROM ivm_test.definition, ivm.reconcile(view);
CALL change('ALTER TABLE doc SET ACCESS METHOD regress_ivm_heap', 'ALTER TABLE doc SET ACCESS METHOD heap');
CALL change('CLUSTER doc USING doc_pkey');
CALL change('CLUSTER doc USING doc_k', 'CLUSTER f USING f_k', 'CLUSTER doc');
CALL change('CLUSTER doc USING doc_pkey', 'ALTER TABLE doc ADD COLUMN m serial', 'ALTER TABLE doc DROP COLUMN m');
CALL change('TRUNCATE doc');
CALL change('TRUNCATE doc', 'INSERT INTO doc VALUES (40, 1, long(''x''), ARRAY[long(''y'')])', 'TRUNCATE doc',
			'INSERT INTO doc SELECT n, n % 3, long(''y'' || n) FROM generate_series(1, 9) n');
CALL change('TRUNCATE f', 'INSERT INTO f SELECT n, n % 4, long(''y'' || n) FROM generate_series(1, 9) n');
CALL change('REINDEX TABLE doc', 'ALTER TABLE doc ALTER body SET STORAGE EXTENDED', 'ALTER TABLE doc ALTER body SET STORAGE EXTERNAL');

-- rewritten by a part of the transaction that is undone, or is not
CALL fill();
BEGIN;
DELETE FROM doc WHERE k = 1;
SAVEPOINT a;
UPDATE doc SET body = long('in a') WHERE id = 3;
ALTER TABLE doc ADD COLUMN o serial;
DELETE FROM doc WHERE id = 2;
SELECT assert_exact();
ROLLBACK TO a;
SELECT assert_exact();
DELETE FROM f WHERE id = 4;
SAVEPOINT b;
ALTER TABLE doc ADD COLUMN o serial;
UPDATE doc SET body = long('in b') WHERE id = 3;
RELEASE b;
SELECT assert_exact();
COMMIT;
SELECT assert_exact();
CALL fill();
BEGIN;
UPDATE doc SET body = long('p') WHERE id < 4;
ALTER TABLE doc DROP COLUMN o;
ALTER TABLE doc ADD COLUMN o serial;
PREPARE TRANSACTION 'regress_ivm_rewrite';
COMMIT PREPARED 'regress_ivm_rewrite';
SELECT assert_exact();
BEGIN;
DELETE FROM doc WHERE id < 4;
ALTER TABLE doc DROP COLUMN o;
ALTER TABLE doc ADD COLUMN o serial;
ROLLBACK;
SELECT assert_exact();
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM doc WHERE id < 5;
UPDATE f SET note = long('rr') WHERE id < 5;
ALTER TABLE doc ALTER spare TYPE int;
SELECT assert_exact();
COMMIT;
SELECT assert_exact();

-- cursors opened before and after, read at the end and beyond it
CREATE FUNCTION rest(name refcursor, OUT n bigint, OUT length bigint) LANGUAGE plpgsql AS $$
DECLARE
	r	record;
BEGIN
	n := 0;
	length := 0;
	LOOP
		FETCH name INTO r;
		EXIT WHEN NOT FOUND;
		n := n + 1;
		length := length + octet_length(r::text);
	END LOOP;
END $$;
CALL fill();
BEGIN;
DELETE FROM doc WHERE k = 1;
UPDATE doc SET body = long('c') WHERE id < 4;
CREATE TEMP TABLE before AS SELECT id, md5(body) AS m FROM joined;
DECLARE c CURSOR FOR SELECT id, body FROM joined;
DECLARE d CURSOR FOR SELECT body FROM bag;
FETCH FROM c \gset first_
ALTER TABLE doc ALTER spare TYPE bigint;
SELECT n + 1 = (SELECT count(*) FROM before) AS all_rows, length / n > 5000 AS whole FROM rest('c');
SELECT n = (SELECT count(*) FROM bag) AS all_rows, length / n > 5000 AS whole FROM rest('d');
DECLARE h CURSOR WITH HOLD FOR SELECT id, body FROM joined;
COMMIT;
SELECT n = (SELECT count(*) FROM before) AS all_rows, length / n > 5000 AS whole FROM rest('h');
CLOSE h;
SELECT assert_exact();
-- where rows are computed from a table, or may be yet, it is in use while the cursor is open
BEGIN;
DELETE FROM doc WHERE id < 5;
DECLARE c CURSOR FOR SELECT k, lo FROM extremes;
SAVEPOINT s;
ALTER TABLE doc ALTER spare TYPE int;
ROLLBACK TO s;
FETCH FROM c \gset first_
ALTER TABLE doc ALTER spare TYPE int;
ROLLBACK TO s;
SELECT n + 1 = (SELECT count(*) FROM extremes) AS all_rows, length / n > 5000 AS whole FROM rest('c');
CLOSE c;
ALTER TABLE doc ALTER spare TYPE int;
COMMIT;
SELECT ivm.pause('joined');
BEGIN;
DELETE FROM doc WHERE id < 6;
DECLARE c CURSOR FOR SELECT id, body FROM joined;
SAVEPOINT s;
TRUNCATE doc;
ROLLBACK TO s;
ALTER TABLE doc ALTER spare TYPE bigint;
ROLLBACK TO s;
SELECT n = (SELECT count(*) FROM joined) AS all_rows, length / n > 5000 AS whole FROM rest('c');
COMMIT;
SELECT ivm.resume('joined') IS NOT NULL AS resumed;
SELECT assert_exact();

-- another table that has changed is dropped, with its views
CALL fill();
BEGIN;
DELETE FROM doc WHERE k = 1;
UPDATE third SET k = k + 1;
DROP TABLE third CASCADE;
ALTER TABLE doc ALTER spare TYPE int;
SELECT assert_exact();
COMMIT;
SELECT * FROM check_views();

-- partitions
CREATE TABLE parted (id int, k int, body text) PARTITION BY RANGE (id);
ALTER TABLE parted ALTER body SET STORAGE EXTERNAL;
CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE p2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
CREATE TABLE p3 PARTITION OF parted FOR VALUES FROM (200) TO (300);
TRUNCATE ivm_test.definition;
SELECT make_view('parted_joined', 'SELECT f.id, p.body FROM f JOIN parted p USING (k)');
SELECT make_view('parted_left', 'SELECT f.id, p.body FROM f LEFT JOIN parted p USING (k)');
SELECT make_view('parted_extremes', 'SELECT k, min(body) AS lo, max(body) AS hi FROM parted GROUP BY k');
SELECT make_view('parted_bag', 'SELECT body FROM parted');
INSERT INTO parted SELECT n * 20, n % 5, long('p' || n) FROM generate_series(1, 14) n;
CREATE PROCEDURE change_parted(VARIADIC commands text[]) LANGUAGE plpgsql AS $$
DECLARE
	command	text;
BEGIN
	UPDATE parted SET k = k + 1 WHERE id % 40 = 0;
	DELETE FROM parted WHERE id IN (20, 120, 220);
	INSERT INTO parted VALUES (50, 1, long('50')), (90, 3, long('90')), (150, 2, long('150'));
	UPDATE f SET k = 1 WHERE id = 2;
	FOREACH command IN ARRAY commands LOOP
		EXECUTE command;
	END LOOP;
	PERFORM assert_exact();
	UPDATE parted SET body = body || '!' WHERE id IN (50, 150);
	COMMIT;
	PERFORM assert_exact();
	DELETE FROM parted WHERE id IN (50, 90, 150);
	INSERT INTO parted VALUES (20, 1, long('20')), (120, 2, long('120'));
	COMMIT;
	PERFORM assert_exact();
END $$;
CALL change_parted('ALTER TABLE parted ADD COLUMN n serial');
SET client_min_messages = error;
CALL change_parted('ALTER TABLE p1 SET UNLOGGED', 'ALTER TABLE p1 SET LOGGED');
SET client_min_messages = warning;
SELECT count(*) > 0 AS repaired FROM ivm_test.definition, ivm.reconcile(view);
CALL change_parted('TRUNCATE p1');
CALL change_parted('CREATE INDEX p2_id ON p2 (id)', 'CLUSTER p2 USING p2_id');
CALL change_parted('ALTER TABLE parted DETACH PARTITION p3');
CALL change_parted('ALTER TABLE parted ATTACH PARTITION p3 FOR VALUES FROM (200) TO (300)');
CALL change_parted('ALTER TABLE parted DETACH PARTITION p2', 'DROP TABLE p2',
				   'CREATE TABLE p2 PARTITION OF parted FOR VALUES FROM (100) TO (200)');
SELECT * FROM check_views();
SET client_min_messages = warning;
DROP SCHEMA xact_rewrite_external CASCADE;
DROP ACCESS METHOD regress_ivm_heap;

-- A first fill in batches, a transaction each.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA append_fill;
SET search_path = append_fill, ivm_test, public;
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, k int, x int);
INSERT INTO t (at, k, x) SELECT '2026-01-01'::timestamptz + i * interval '10 min', i % 7, i FROM generate_series(1, 1000) i;
ANALYZE t;
CREATE FUNCTION differences(view regclass, query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('WITH q AS (%s) SELECT count(*) FROM ((TABLE %s EXCEPT ALL TABLE q) UNION ALL (TABLE q EXCEPT ALL TABLE %2$s)) d', query, view) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION state(view regclass, OUT status text, OUT reason text) LANGUAGE sql
	AS 'SELECT status, reason FROM ivm.views v WHERE v.view = $1';
\set query 'SELECT date_trunc(\'day\', at) AS day, k, count(*) AS n, sum(x) AS s FROM t GROUP BY 1, 2'
SELECT ivm.create_view('v', :'query', 'append', false, '{"watermark": "id", "batch_rows": 400}');
SELECT * FROM state('v');
SELECT method, rows_read, reason FROM ivm.refresh('v');
SELECT * FROM state('v');
-- reads run the definition; rows come, change and go in the meantime
SELECT differences('v', :'query');
INSERT INTO t (at, k, x) SELECT '2026-01-05', 3, 1000 FROM generate_series(1, 50);
UPDATE t SET x = 5 WHERE id IN (100, 300, 900);
DELETE FROM t WHERE id = 950;
CALL ivm.backfill('v', '2026-01-01', '2026-01-02');
SELECT method, rows_read, reason FROM ivm.refresh('v');
SELECT method, rows_read, reason FROM ivm.refresh('v');
SELECT * FROM state('v');
-- rows of the values taken in before they were updated are not followed, those after are
SELECT day, k, v.s - e.s AS more FROM v JOIN (SELECT date_trunc('day', at) AS day, k, sum(x) AS s FROM t
	WHERE id <= 1000 GROUP BY 1, 2) e USING (day, k) WHERE v.s <> e.s ORDER BY 1, 2;
SELECT method, rows_read FROM ivm.refresh('v');
SELECT rows_updated FROM ivm.reconcile('v');
SELECT differences('v', :'query');
-- procedures go on until it is filled
SELECT ivm.create_view('all_at_once', :'query', 'append', false, '{"watermark": "id", "batch_rows": 10, "refresh": "1 h"}');
CALL ivm.refresh_all('append_fill.all_at_once');
SELECT differences('all_at_once', :'query');
SELECT count(*) FROM ivm.history WHERE view_name = 'append_fill.all_at_once';
SELECT ivm.create_view('due', :'query', 'append', false, '{"watermark": "id", "batch_rows": 300, "refresh": "1 h"}');
CALL ivm.run_due();
SELECT differences('due', :'query');
SELECT due_at > now() + interval '10 min' FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'due'::regclass;
-- a batch that is rolled back
SELECT ivm.create_view('back', :'query', 'append', false, '{"watermark": "id", "batch_rows": 500}');
BEGIN;
SELECT rows_read FROM ivm.refresh('back');
ROLLBACK;
SELECT rows_read FROM ivm.refresh('back');
BEGIN;
SELECT rows_read FROM ivm.refresh('back');
ROLLBACK;
SELECT rows_read FROM ivm.refresh('back');
SELECT rows_read FROM ivm.refresh('back');
SELECT differences('back', :'query');
SELECT method FROM ivm.refresh('back');
-- newest rows first: the view shows what has been taken in
SELECT ivm.create_view('new', 'SELECT id / 100 AS hundred, count(*) AS n FROM t GROUP BY 1', 'append', false,
	'{"watermark": "id", "batch_rows": 260, "newest_first": true}');
SELECT rows_read, reason FROM ivm.refresh('new');
SELECT * FROM state('new');
SELECT * FROM new ORDER BY 1;
INSERT INTO t (at, k, x) SELECT '2026-01-05', 3, 1 FROM generate_series(1, 100);
SELECT ivm.alter_view('new', '{"max_staleness": "0", "newest_first": false}');
SELECT * FROM new ORDER BY 1;
SELECT rows_read, reason FROM ivm.refresh('new');
SELECT min(hundred), sum(n) FROM new;
CALL ivm.refresh_all('append_fill.new');
SELECT differences('new', 'SELECT id / 100 AS hundred, count(*) AS n FROM t GROUP BY 1');
SELECT method FROM ivm.refresh('new');
SELECT differences('new', 'SELECT id / 100 AS hundred, count(*) AS n FROM t GROUP BY 1');
-- what is left of a view that is being filled does not have all of its rows
SELECT ivm.create_view('left_over', 'SELECT id / 100 AS hundred, count(*) AS n FROM t GROUP BY 1', 'append', false,
	'{"watermark": "id", "batch_rows": 260, "newest_first": true}');
SELECT rows_read FROM ivm.refresh('left_over');
\set VERBOSITY default
SET client_min_messages = notice;
BEGIN;
SELECT ivm.drop_view('left_over', keep => 'table');
SELECT sum(n) < (SELECT count(*) FROM t) AS part FROM left_over;
ROLLBACK;
SELECT ivm.drop_view('left_over', keep => 'materialized view');
SET client_min_messages = warning;
\set VERBOSITY terse
REFRESH MATERIALIZED VIEW left_over;
SELECT sum(n) = (SELECT count(*) FROM t) AS whole FROM left_over;
DROP MATERIALIZED VIEW left_over;
SELECT ivm.create_view('left_over', 'SELECT id / 100 AS hundred, count(*) AS n FROM t GROUP BY 1', 'append', false,
	'{"watermark": "id", "batch_rows": 260}');
SELECT rows_read FROM ivm.refresh('left_over');
SELECT ivm.drop_view('left_over', keep => 'table');
SELECT sum(n) = (SELECT count(*) FROM t) AS whole FROM left_over;
-- whatever computes the view afresh ends the fill
SELECT ivm.create_view('ended', :'query', 'append', false, '{"watermark": "id", "batch_rows": 500, "newest_first": true}');
SELECT rows_read FROM ivm.refresh('ended');
SELECT corrected > 0 FROM (SELECT rows_inserted + rows_updated AS corrected FROM ivm.reconcile('ended')) r;
SELECT differences('ended', :'query');
SELECT method FROM ivm.refresh('ended');
SELECT ivm.create_view('rewritten', :'query', 'append', false, '{"watermark": "id", "batch_rows": 500}');
SELECT rows_read FROM ivm.refresh('rewritten');
VACUUM FULL t;
SELECT method, reason FROM ivm.refresh('rewritten');
SELECT differences('rewritten', :'query');
SELECT method FROM ivm.refresh('rewritten', 'delta');
-- partitions, one of which leaves and comes back, and one that comes; equal values of the watermark
CREATE TABLE p (id int NOT NULL, k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 (k int, id int NOT NULL);
CREATE TABLE p3 (id int NOT NULL, k int);
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
CREATE INDEX ON p (id DESC);
CREATE INDEX ON p3 (id);
INSERT INTO p SELECT i / 10, 1 + i % 2 FROM generate_series(1, 100) i;
INSERT INTO p3 SELECT i, 3 FROM generate_series(1, 10) i;
SELECT ivm.create_view('parts', 'SELECT k, count(*) AS n, min(id), max(id) FROM p GROUP BY k', 'append', false,
	'{"watermark": "id", "overlap": 1000, "batch_rows": 12}');
SELECT rows_read FROM ivm.refresh('parts');
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES IN (3);
SELECT rows_read FROM ivm.refresh('parts');
CALL ivm.refresh_all('append_fill.parts');
TABLE parts ORDER BY 1;
SELECT method, rows_read FROM ivm.refresh('parts');
TABLE parts ORDER BY 1;
SELECT ivm.create_view('leaving', 'SELECT k, count(*) AS n, min(id), max(id) FROM p GROUP BY k', 'append', false,
	'{"watermark": "id", "overlap": 1000, "batch_rows": 12}');
SELECT rows_read FROM ivm.refresh('leaving');
ALTER TABLE p DETACH PARTITION p2;
CALL ivm.refresh_all('append_fill.leaving');
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
SELECT method, reason FROM ivm.refresh('leaving');
SELECT differences('leaving', 'SELECT k, count(*) AS n, min(id), max(id) FROM p GROUP BY k');
-- a join; without an index
CREATE TABLE names (k int PRIMARY KEY, name text);
INSERT INTO names SELECT i, 'name ' || i FROM generate_series(0, 5) i;
SELECT ivm.create_view('joined', 'SELECT name, count(*) AS n FROM t JOIN names USING (k) GROUP BY name', 'append', false,
	'{"watermark": "t.id", "batch_rows": 100}');
SELECT rows_read FROM ivm.refresh('joined');
ALTER TABLE t DROP CONSTRAINT t_pkey;
SELECT rows_read > 500 FROM ivm.refresh('joined');
SELECT differences('joined', 'SELECT name, count(*) AS n FROM t JOIN names USING (k) GROUP BY name');
-- open transactions with more subtransactions than a snapshot has room for
CREATE TABLE e (id int PRIMARY KEY, k int);
CREATE FUNCTION insert_each(low int, high int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN low .. high LOOP
		BEGIN
			INSERT INTO e VALUES (i, i % 2);
		EXCEPTION WHEN unique_violation THEN NULL;
		END;
	END LOOP;
END $$;
BEGIN;
SELECT insert_each(1, 10);
PREPARE TRANSACTION 'append_fill 1';
SELECT insert_each(11, 20);
BEGIN;
SELECT insert_each(21, 100);
PREPARE TRANSACTION 'append_fill 2';
SELECT insert_each(101, 110);
SELECT ivm.create_view('subs', 'SELECT k, count(*) AS n FROM e GROUP BY k', 'append', false,
	'{"watermark": "id", "overlap": 1000, "batch_rows": 40}');
SELECT rows_read, reason FROM ivm.refresh('subs');
COMMIT PREPARED 'append_fill 2';
SELECT rows_read, reason FROM ivm.refresh('subs');
COMMIT PREPARED 'append_fill 1';
SELECT rows_read, reason FROM ivm.refresh('subs');
SELECT rows_read, reason FROM ivm.refresh('subs');
TABLE subs ORDER BY k;
-- options
SELECT ivm.create_view('w', :'query', 'append', false, '{"watermark": "id", "batch_rows": 0}');
SELECT ivm.create_view('w', :'query', 'append', false, '{"watermark": "id", "newest_first": "yes"}');
SELECT ivm.create_view('w', :'query', 'deferred', false, '{"batch_rows": 100}');
DROP SCHEMA append_fill CASCADE;

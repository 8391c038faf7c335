-- What is no append view, and why.
CREATE SCHEMA append_refused;
SET search_path = append_refused, public;
CREATE TABLE e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, k int, x numeric, maybe bigint, label text NOT NULL, other bigint NOT NULL);
CREATE INDEX ON e (maybe);
CREATE INDEX ON e (label);
CREATE INDEX ON e (other) WHERE k > 0;
CREATE TABLE d (id int PRIMARY KEY, k int, name text);
CREATE FUNCTION append(query text, options jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	PERFORM ivm.create_view('v', query, 'append', options => options);
	RAISE EXCEPTION 'created';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RAISE INFO E'% %\n  %\n  %', sqlstate, message, detail, hint;
END $$;
\set VERBOSITY terse
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": null}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": 7}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "number"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "d.id"}');
SELECT append('SELECT k, count(*) FROM e JOIN d USING (k) GROUP BY k', '{"watermark": "id"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "maybe"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "label"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "at"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "other"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "id", "overlap": "3 days"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "id", "overlap": -3}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "id", "overlap": true}');
SELECT append('SELECT label, count(*) FROM e GROUP BY label', '{"watermark": "id", "late": "3 days"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "id", "bucket": "at"}');
SELECT append('SELECT label, count(*) AS n FROM e GROUP BY label', '{"watermark": "id", "bucket": "n"}');
SELECT append('SELECT label, count(*) FROM e GROUP BY label', '{"watermark": "id", "bucket": "label"}');
SELECT append($$ SELECT date_trunc('day', at) AS day, date_trunc('hour', at) AS hour, count(*) FROM e GROUP BY 1, 2 $$, '{"watermark": "id", "late": "3 days"}');
SELECT append($$ SELECT date_trunc('day', at) AS day, count(*) FROM e GROUP BY 1 $$, '{"watermark": "id", "late": 3.5, "overlap": 1}');
SELECT append($$ SELECT date_trunc('day', at) AS day, count(*) FROM e GROUP BY 1 $$, '{"watermark": "id", "late": "soon"}');
SELECT append($$ SELECT date_trunc('day', at) AS day, count(*) FROM e GROUP BY 1 $$, '{"watermark": "id", "late": "-1 day"}');
SELECT append($$ SELECT id / 10 AS step, count(*) FROM e GROUP BY 1 $$, '{"watermark": "id", "late": "1 day"}');
SELECT append($$ SELECT count(*) FROM e GROUP BY date_trunc('day', at) $$, '{"watermark": "id", "late": "1 day"}');
SELECT append($$ SELECT at::date AS day, count(*) FROM e GROUP BY ROLLUP (at::date) $$, '{"watermark": "id", "late": "1 day"}');
SELECT append('SELECT k, count(*) FROM e GROUP BY k', '{"watermark": "id", "log_limit": "1GB"}');
SELECT append('SELECT k, string_agg(label, '','') FROM e GROUP BY k', '{"watermark": "id"}');
SELECT append('SELECT a.k, count(*) FROM e a JOIN e b ON a.id = b.other GROUP BY a.k', '{"watermark": "id"}');
SELECT append('SELECT d.k, count(e.id) FROM d LEFT JOIN e ON e.k = d.k GROUP BY d.k', '{"watermark": "e.id"}');
SELECT append('SELECT d.k FROM d WHERE EXISTS (SELECT FROM e WHERE e.k = d.k)', '{"watermark": "e.id"}');
SELECT append('SELECT k, sum(x) / (SELECT sum(x) FROM e) FROM e GROUP BY k', '{"watermark": "id"}');
SELECT append('SELECT k, count(*) FROM e WHERE random() < 1 GROUP BY k', '{"watermark": "id"}');
-- options of append views, for others
SELECT ivm.create_view('v', 'SELECT k, count(*) FROM e GROUP BY k', options => '{"watermark": "id"}');
SELECT ivm.create_view('v', 'SELECT k, count(*) FROM e GROUP BY k', 'deferred', options => '{"late": 3}');
-- sequences whose values sessions keep for later
CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 20) PRIMARY KEY, k int);
CREATE SEQUENCE s CACHE 5;
CREATE TABLE c2 (id bigint DEFAULT nextval('s') PRIMARY KEY, k int);
SELECT append('SELECT k, count(*) FROM c GROUP BY k', '{"watermark": "id"}');
SELECT append('SELECT k, count(*) FROM c2 GROUP BY k', '{"watermark": "id"}');
SELECT append('SELECT k, count(*) FROM c GROUP BY k', '{"watermark": "id", "overlap": 1000}');
CREATE TABLE c3 (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT 50) PRIMARY KEY, k int);
SELECT append('SELECT k, count(*) FROM c3 GROUP BY k', '{"watermark": "id"}');
CREATE TABLE c4 (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT -1) PRIMARY KEY, k int);
SELECT append('SELECT k, count(*) FROM c4 GROUP BY k', '{"watermark": "id"}');
-- values drawn who knows when
SELECT append('SELECT k, count(*) FROM d GROUP BY k', '{"watermark": "id"}');
CREATE TABLE c5 (at timestamptz DEFAULT now() PRIMARY KEY, k int);
SELECT append('SELECT k, count(*) FROM c5 GROUP BY k', '{"watermark": "at"}');
CREATE TABLE c6 (at timestamp DEFAULT now() PRIMARY KEY, k int);
SELECT append('SELECT k, count(*) FROM c6 GROUP BY k', '{"watermark": "at"}');
ALTER TABLE c5 ALTER at SET DEFAULT 'epoch';
SELECT append('SELECT k, count(*) FROM c5 GROUP BY k', '{"watermark": "at"}');
SELECT append('SELECT k, count(*) FROM c5 GROUP BY k', '{"watermark": "at", "overlap": "1 hour"}');
SELECT append('SELECT k, count(*) FROM c5 GROUP BY k', '{"watermark": "at", "overlap": 1}');
-- tables
CREATE TABLE parent (id int PRIMARY KEY, k int);
CREATE TABLE child () INHERITS (parent);
SELECT append('SELECT k, count(*) FROM parent GROUP BY k', '{"watermark": "id"}');
CREATE TABLE p (id int NOT NULL, k int) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
SELECT append('SELECT k, count(*) FROM p GROUP BY k', '{"watermark": "id"}');
-- what is kept of them
SELECT ivm.create_view('v', $$ SELECT at::date AS day, count(*) AS n FROM e GROUP BY 1 $$, 'append', options => '{"watermark": "id", "late": "1 day"}');
SELECT ivm.alter_view('v', '{"mode": "immediate"}');
SELECT ivm.alter_view('v', '{"watermark": "other"}');
SELECT ivm.alter_view('v', '{"watermark": null}');
SELECT ivm.alter_view('v', '{"late": 7}');
SELECT ivm.alter_view('v', '{"late": "7 months of"}');
SELECT ivm.alter_view('v', '{"log_limit": "1GB"}');
SELECT ivm.alter_view('v', '{"late": "7 days", "max_staleness": "1 min"}');
SELECT options FROM ivm.views WHERE schemaname = 'append_refused';
SELECT ivm.refresh_together('v');
SELECT ivm.reconcile('v', 'n > 1');
SELECT ivm.create_view('w', 'SELECT sum(n) FROM v', 'deferred');
SELECT ivm.create_view('w', 'SELECT sum(n) FROM v');
SELECT ivm.create_view('w', 'SELECT day, n FROM v', 'append', options => '{"watermark": "e.id"}');
DROP SCHEMA append_refused CASCADE;

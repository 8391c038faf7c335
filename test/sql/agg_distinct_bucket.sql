-- Distinct values of a day: looked up by an index on value and time, in partitions, too.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA agg_distinct_bucket;
SET search_path = agg_distinct_bucket, ivm_test, public;
SET timezone = 'America/Havana';
CREATE TABLE visits (id int, at timestamptz, visitor int, page text) PARTITION BY RANGE (at);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2024-11-03 00:30:00-04');
CREATE TABLE visits_new (page text, gone int, visitor int, at timestamptz, id int);
ALTER TABLE visits_new DROP COLUMN gone;
ALTER TABLE visits ATTACH PARTITION visits_new FOR VALUES FROM ('2024-11-03 00:30:00-04') TO (MAXVALUE);
CREATE TABLE visits_unknown PARTITION OF visits DEFAULT;
INSERT INTO visits SELECT i, '2024-11-01 00:00:00-04'::timestamptz + i * interval '41 minutes', i % 5, 'p' || i % 3 FROM generate_series(1, 150) i;
-- the index that is missing is named
SELECT note FROM ivm.explain_query($$SELECT date_trunc('day', at) AS day, count(DISTINCT visitor) AS visitors FROM visits GROUP BY 1$$) WHERE code LIKE 'aggregate_distinct%';
SELECT make_view('days', $$SELECT date_trunc('day', at) AS day, count(DISTINCT visitor) AS visitors, count(*) AS n FROM visits GROUP BY 1$$);
CREATE INDEX ON visits (visitor, at);
CREATE INDEX ON visits (page, at);
SELECT make_view('dates', $$SELECT at::date AS day, count(DISTINCT page) AS pages, count(DISTINCT visitor) AS visitors FROM visits GROUP BY 1$$);
SELECT construct, strategy, note FROM ivm.explain_view('days') WHERE code LIKE 'aggregate_distinct%';
CREATE FUNCTION waiting(view text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s', (SELECT v.delta FROM ivm.view v WHERE v.view = $1::regclass)) INTO n;
	RETURN n;
END $$;
-- around the hour that comes twice, and at the ends of time
INSERT INTO visits VALUES (201, '2024-11-03 00:29:59-04', 50, 'x'), (202, '2024-11-03 00:10:00-05', 50, 'x'),
	(203, '2024-11-02 23:59:59-04', 50, 'x'), (204, 'infinity', 1, 'x'), (205, '-infinity', 1, NULL), (206, NULL, 1, 'x');
DELETE FROM visits WHERE id = 201;
UPDATE visits SET at = at + interval '1 day' WHERE id = 203;
UPDATE visits SET at = at - interval '9 hours', visitor = 51 WHERE id IN (10, 20, 90, 202);
DELETE FROM visits WHERE visitor = 3 AND id > 50;
SELECT v, waiting(v) FROM unnest(ARRAY['days', 'dates']) v;
SELECT ivm.verify_view(v) FROM unnest(ARRAY['days', 'dates']) v;
-- a partition leaves and comes back
ALTER TABLE visits DETACH PARTITION visits_old;
SELECT ivm.verify_view(v) FROM unnest(ARRAY['days', 'dates']) v;
INSERT INTO visits VALUES (301, '2024-11-03 05:00:00-05', 1, 'x');
ALTER TABLE visits ATTACH PARTITION visits_old FOR VALUES FROM (MINVALUE) TO ('2024-11-03 00:30:00-04');
SELECT ivm.verify_view(v) FROM unnest(ARRAY['days', 'dates']) v;
-- rows written to a partition itself
INSERT INTO visits_new VALUES ('z', 60, '2024-11-03 06:00:00-05', 302);
DELETE FROM visits_new WHERE id = 301;
SELECT ivm.verify_view(v) FROM unnest(ARRAY['days', 'dates']) v;
SET client_min_messages = warning;
DROP SCHEMA agg_distinct_bucket CASCADE;

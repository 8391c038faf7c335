-- Equations between expressions, and between columns of different types: calendars,
-- keys of another width, what a document says.  None of these views is recomputed as
-- a whole.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA outer_join_calendar;
SET search_path = outer_join_calendar, ivm_test, public;
SET TimeZone = 'Europe/Berlin';
CREATE TABLE orders (id int PRIMARY KEY, day date, at timestamp, tz timestamptz, status varchar(10), code char(4),
	customer bigint, small smallint, price numeric, doc jsonb);
CREATE TABLE customers (id int PRIMARY KEY, name text, short smallint);
SELECT make_view('by_day', $$SELECT d::date AS day, count(o.id) AS n, sum(price) AS s FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-05', '1 day') d LEFT JOIN orders o ON o.day = d::date GROUP BY 1$$);
SELECT make_view('by_midnight', $$SELECT d AS day, count(o.id) AS n FROM generate_series(date '2026-01-01', date '2026-01-05', '1 day') d LEFT JOIN orders o ON o.day = d GROUP BY d$$);
SELECT make_view('by_timestamp', $$SELECT d::date AS day, count(o.id) AS n FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-05', '12 hours') d LEFT JOIN orders o ON o.day = d GROUP BY d$$);
SELECT make_view('of_at', $$SELECT d.day, o.id FROM (SELECT generate_series(date '2026-01-01', date '2026-01-05', '1 day')::date AS day) d LEFT JOIN orders o ON o.at::date = d.day$$);
SELECT make_view('of_tz', $$SELECT d.day, max(o.tz) AS m FROM (SELECT d::date AS day FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-05', '1 day') d) d FULL JOIN orders o ON o.tz::date = d.day GROUP BY d.day$$);
SELECT make_view('truncated', $$SELECT d, count(o.id) AS n FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-05', '1 day') d LEFT JOIN orders o ON date_trunc('day', o.at) = d GROUP BY d$$);
SELECT make_view('tokyo', $$SELECT d::date AS day, count(o.id) AS n FROM generate_series(timestamp '2026-01-01', timestamp '2026-01-05', '1 day') d LEFT JOIN orders o ON date_trunc('day', o.tz AT TIME ZONE 'Asia/Tokyo') = d GROUP BY d$$);
SELECT make_view('months', 'SELECT m, count(o.id) AS n FROM generate_series(1, 12) m LEFT JOIN orders o ON extract(month FROM o.day) = m GROUP BY m');
SELECT make_view('statuses', $$SELECT v.status, count(o.id) AS n FROM (VALUES ('open'), ('Open'), ('lost')) v (status) LEFT JOIN orders o USING (status) GROUP BY v.status$$);
SELECT make_view('codes', $$SELECT v.code, count(o.id) AS n FROM (VALUES ('ab'::char(2)), ('abc '), (NULL)) v (code) LEFT JOIN orders o ON o.code = v.code GROUP BY v.code$$);
SELECT make_view('lower_case', $$SELECT v.status, count(o.id) AS n FROM (VALUES ('open'), ('lost')) v (status) LEFT JOIN orders o ON lower(o.status) = v.status GROUP BY v.status$$);
SELECT make_view('prices', 'SELECT v.p, o.id FROM (VALUES (1.0), (1.00), (2)) v (p) LEFT JOIN orders o ON o.price = v.p');
SELECT make_view('price_numbers', 'SELECT n, count(o.id) AS c FROM generate_series(0, 3) n LEFT JOIN orders o ON o.price = n GROUP BY n');
SELECT make_view('documents', $$SELECT c.name, count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.doc->>'name' = c.name GROUP BY c.name$$);
SELECT make_view('wide', 'SELECT c.name, count(o.id) AS n FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.name');
SELECT make_view('narrow', 'SELECT c.id, o.id AS oid FROM customers c FULL JOIN orders o ON c.id = o.small');
SELECT make_view('chain', 'SELECT c.name, n, o.id FROM generate_series(1::bigint, 5) n LEFT JOIN customers c ON c.short = n LEFT JOIN orders o ON o.customer = c.id');
SELECT make_view('none', 'SELECT c.id FROM customers c WHERE NOT EXISTS (SELECT FROM orders o WHERE o.customer = c.id)');
SELECT make_view('some', 'SELECT c.id FROM customers c WHERE c.id IN (SELECT customer FROM orders)');
SELECT make_view('days_of', 'SELECT c.name, q.n FROM customers c LEFT JOIN (SELECT extract(day FROM day) AS d, count(*) AS n FROM orders GROUP BY 1) q ON q.d = c.id');
SELECT view::text, e.strategy FROM definition, ivm.explain_query(query) e WHERE e.strategy LIKE 'recompute: all%';
INSERT INTO customers SELECT i, 'customer ' || i % 4, nullif(i % 3, 0) FROM generate_series(1, 8) i;
INSERT INTO orders
	SELECT i, date '2025-12-31' + i % 8, timestamp '2025-12-31 20:00' + i * interval '5 hours', timestamptz '2025-12-31 20:00' + i * interval '5 hours',
		(ARRAY['open', 'Open', 'paid', NULL])[i % 4 + 1], (ARRAY['ab', 'abc', 'abcd', NULL])[i % 4 + 1], nullif(i % 9, 8), nullif(i % 7, 6),
		(i % 4)::numeric(4,2), jsonb_build_object('name', 'customer ' || i % 5)
	FROM generate_series(1, 30) i;
SELECT * FROM check_views();
-- other settings find the same values
SET TimeZone = 'America/New_York';
UPDATE orders SET tz = tz - interval '7 hours', at = at + interval '9 hours', day = day + 1 WHERE id % 3 = 0;
SET TimeZone = 'Europe/Berlin';
SELECT * FROM check_views();
BEGIN;
DELETE FROM orders WHERE id % 4 = 1;
UPDATE orders SET status = upper(status), code = 'abc', price = price + 1.000, doc = doc || '{"name": "customer 1"}' WHERE id % 5 = 2;
SELECT * FROM check_views();
UPDATE customers SET id = id + 10 WHERE id < 3;
UPDATE orders SET customer = customer + 10, small = small + 10 WHERE id < 9;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- values at the ends of their types
INSERT INTO orders VALUES (100, 'infinity', 'infinity', '-infinity', '', '', 9223372036854775807, -32768, 'NaN', '[]'),
	(101, '5874897-12-31', '294276-12-31 23:59:59', '4714-11-24 00:00:00+00 BC', 'lost', 'ab', -9223372036854775808, 32767, 'infinity', '"x"'),
	(102, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM check_views();
DELETE FROM orders WHERE id >= 100;
SELECT * FROM check_views();
TRUNCATE customers;
SELECT * FROM check_views();
DROP SCHEMA outer_join_calendar CASCADE;

-- min and max over every kind of ordered type.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_min_max_types;
SET search_path = agg_min_max_types, ivm_test, public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, g int, i2 smallint, i8 bigint, o oid, f float8, n numeric, tx text, ch char(4), d date, ti time, tz timestamptz, ts timestamp, iv interval, ip inet, mo money, e mood, ar int[]);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1, 1, 1, 1.5, 1.5, 'b', 'b', '2026-01-01', '01:00', '2026-01-01 01:00+00', '2026-01-01 01:00', '1 day', '10.0.0.1', '1', 'ok', '{1,2}'),
	(2, 1, 2, 2, 2, 2.5, 2.5, 'a', 'a', '2026-01-02', '02:00', '2026-01-01 02:00+00', '2026-01-01 02:00', '2 days', '10.0.0.2', '2', 'sad', '{1}'),
	(3, 1, -3, -3, 4294967295, -2.5, -2.5, 'B', 'ab', 'infinity', '23:59', 'infinity', '-infinity', '-1 mon', '::1', '-3', 'happy', '{}'),
	(4, 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(5, 2, 5, 5, 5, 'NaN', 'NaN', '', '', '4713-01-01 BC', '00:00', '-infinity', 'infinity', '0', '0.0.0.0/0', '0', 'ok', '{NULL}'),
	(6, 2, 6, 6, 6, 6, 6, 'z', 'z', '1999-12-31', '24:00', '1999-12-31', '1999-12-31', '100 years', '192.168.1.0/24', '7', 'ok', '{1,NULL}'),
	(7, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(8, NULL, 8, 8, 8, '-0', 8, 'x', 'x', '2000-01-01', '12:00', '2000-01-01', '2000-01-01', '1 h', '1.2.3.4', '8', 'sad', '{8}');
SELECT make_view('lo', $$SELECT g, min(i2) AS i2, min(i8) AS i8, min(o) AS o, min(f) AS f, min(n) AS n, min(tx) AS tx, min(ch) AS ch, min(d) AS d, min(ti) AS ti, min(tz) AS tz, min(ts) AS ts, min(iv) AS iv, min(ip) AS ip, min(mo) AS mo, min(e) AS e, min(ar) AS ar FROM t GROUP BY g$$);
SELECT make_view('hi', $$SELECT g, max(i2) AS i2, max(i8) AS i8, max(o) AS o, max(f) AS f, max(n) AS n, max(tx) AS tx, max(ch) AS ch, max(d) AS d, max(ti) AS ti, max(tz) AS tz, max(ts) AS ts, max(iv) AS iv, max(ip) AS ip, max(mo) AS mo, max(e) AS e, max(ar) AS ar FROM t GROUP BY g$$);
\i :change_values
SELECT g, i2, o, f, tx, d, tz, ip, e, ar FROM lo ORDER BY g;
SELECT g, i2, o, f, tx, d, tz, ip, e, ar FROM hi ORDER BY g;
DROP SCHEMA agg_min_max_types CASCADE;

-- A row that an outer join finds no partner for is NULL, and not a row of NULLs.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_outer_join;
SET search_path = whole_row_outer_join, ivm_test, public;
\set change_sides :srcdir /sql/include/change_sides.sql
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE FUNCTION told(b) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN num_nulls($1) = 1 THEN 'none' ELSE 'row ' || coalesce($1.w, 0) END$$;
SELECT make_view('lefts', 'SELECT a.id, b, to_jsonb(b) AS d, b IS NULL AS n, b IS NOT NULL AS nn, b IS DISTINCT FROM NULL AS dn FROM a LEFT JOIN b ON b.k = a.k');
SELECT make_view('empty_rows', 'SELECT a.id, to_jsonb(q) AS d, q.z IS NULL AS z FROM a LEFT JOIN (SELECT b AS z, b.w, nullif(b.k, b.k) AS x FROM b) q ON q.w = a.v');
SELECT make_view('rights', 'SELECT row_to_json(a)::text AS d, b.id FROM a RIGHT JOIN b ON b.k = a.k AND a.v > 0');
SELECT make_view('fulls', 'SELECT a, b, coalesce(to_jsonb(a), to_jsonb(b)) AS d FROM a FULL JOIN b ON b.k = a.k');
SELECT make_view('counted', 'SELECT a.k, count(b) AS n, count(DISTINCT b) AS d, count(*) AS r, jsonb_agg(b ORDER BY b.id) FILTER (WHERE b.id IS NOT NULL) AS l FROM a LEFT JOIN b ON b.k = a.k GROUP BY a.k');
SELECT make_view('lists', 'SELECT a.id, array_agg(b ORDER BY b.id) AS l, jsonb_agg(b ORDER BY b.id) AS j FROM a LEFT JOIN b ON b.k = a.k GROUP BY a.id');
SELECT make_view('function', 'SELECT a.id, told(b) AS t FROM a LEFT JOIN b ON b.k = a.k');
SELECT make_view('filtered', 'SELECT a.id FROM a LEFT JOIN b ON b.k = a.k WHERE b IS NULL OR to_jsonb(b) ? ''w''');
SELECT make_view('conditions', 'SELECT a.id, b.id AS other FROM a LEFT JOIN b ON b.k = a.k AND b IS NOT NULL AND to_jsonb(b) ->> ''w'' <> ''2''');
SELECT make_view('chains', 'SELECT a, b, to_jsonb(x) AS x FROM a LEFT JOIN b ON b.k = a.k LEFT JOIN a x ON x.v = b.w');
SELECT make_view('nested', 'SELECT a.id, to_jsonb(j) AS d FROM a LEFT JOIN (b JOIN a x ON x.k = b.w) AS j (bid, bk, w, xid, xk, xv) ON j.bk = a.k');
SELECT make_view('grouped', 'SELECT b, count(*) AS n FROM a LEFT JOIN b ON b.k = a.k GROUP BY b');
\i :change_sides
DROP SCHEMA whole_row_outer_join CASCADE;

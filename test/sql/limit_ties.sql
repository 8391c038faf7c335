-- Which of several rows that ORDER BY puts in no order are the first ones is left open, and another one may be when rows
-- have moved. Where such a LIMIT or DISTINCT ON is in a subquery, or a list has such an order, what is stored has to be found again all the same.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA limit_ties;
SET search_path = limit_ties, ivm_test, public;
\set ties :srcdir /sql/include/ties.sql
\i :ties
SELECT make('first', 'SELECT c.id, f.tag FROM c, LATERAL (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio LIMIT 1) f');
SELECT make('any_one', 'SELECT id, (SELECT tag FROM o WHERE o.cust = c.id LIMIT 1) AS tag FROM c');
SELECT make('some', 'SELECT c.id, f.tag FROM c LEFT JOIN LATERAL (SELECT tag, j FROM o WHERE o.cust = c.id ORDER BY prio DESC OFFSET 1 LIMIT 2) f ON true');
SELECT make('last', 'SELECT c.id, f.tag FROM c JOIN (SELECT DISTINCT ON (cust) cust, tag FROM o ORDER BY cust, prio DESC) f ON f.cust = c.id');
SELECT make('pairs', 'SELECT c.id, f.prio, f.tag FROM c JOIN (SELECT DISTINCT ON (cust, prio) cust, prio, tag FROM o ORDER BY cust) f ON f.cust = c.id');
SELECT make('kinds', 'SELECT c.id, f.tag FROM c, LATERAL (SELECT DISTINCT tag FROM o WHERE o.cust = c.id LIMIT 3) f');
SELECT make('united', 'SELECT c.id, f.tag FROM c, LATERAL (SELECT tag, prio FROM o WHERE o.cust = c.id UNION ALL SELECT note, prio FROM o WHERE prio = 0 ORDER BY prio LIMIT 4) f');
SELECT make('groups', 'SELECT c.id, f.p, f.l FROM c, LATERAL (SELECT prio AS p, max(tag) AS l FROM o WHERE o.cust = c.id GROUP BY prio ORDER BY count(*) LIMIT 1) f');
SELECT make('listed', 'SELECT id, (SELECT string_agg(tag, '','' ORDER BY prio) FROM o WHERE o.cust = c.id) AS tags, ARRAY(SELECT j FROM o WHERE o.cust = c.id ORDER BY prio)::text AS js FROM c');
SELECT make('counted', 'SELECT k, count(*) AS n, min(tag) AS low FROM (SELECT k, (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio LIMIT 1) AS tag FROM c) q GROUP BY k');
-- what is done with rows that are sorted, in no order of its own, keeps theirs
SELECT make('top_of_sorted', 'SELECT c.id, (SELECT tag FROM (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio DESC, note) s LIMIT 1) AS tag FROM c');
SELECT make('numbered', 'SELECT c.id, f.tag, f.r FROM c, LATERAL (SELECT tag, row_number() OVER () AS r FROM (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio DESC) s) f');
SELECT make('sorted_ties', 'SELECT id, ARRAY(SELECT tag FROM (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio DESC) s) AS tags FROM c');
SELECT make('sorted', 'SELECT id, (SELECT string_agg(tag, '','') FROM (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio, o.id DESC) s) AS tags FROM c');
-- and there is nothing to choose with ties
SELECT make('tied', 'SELECT c.id, f.tag FROM c, LATERAL (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio FETCH FIRST 1 ROW WITH TIES) f');
SELECT make('tied_list', 'SELECT id, (SELECT count(*) FROM unnest(tags)) AS n FROM (SELECT id, (SELECT array_agg(tag) FROM (SELECT tag FROM o WHERE o.cust = c.id ORDER BY prio FETCH FIRST 1 ROW WITH TIES) s) AS tags FROM c) q');
SELECT * FROM wrong();
UPDATE o SET note = 'x' WHERE id % 2 = 1;
CLUSTER o USING o_note;
UPDATE o SET tag = tag || '!' WHERE id IN (3, 4, 5);
SELECT * FROM wrong();
CLUSTER o USING o_pkey;
UPDATE o SET prio = 1 - prio WHERE id % 5 = 1;
SELECT * FROM wrong();
UPDATE o SET note = note || 'y' WHERE id % 3 = 1;
CLUSTER o USING o_note;
UPDATE c SET k = 1 - k WHERE id = 2;
DELETE FROM o WHERE id % 4 = 2;
SELECT * FROM wrong();
SELECT id, tag FROM first_now ORDER BY id;
SELECT id, tag FROM last_now ORDER BY id;
SELECT * FROM listed_now ORDER BY id;
SELECT * FROM sorted_now ORDER BY id;
SELECT * FROM tied_list_now ORDER BY id;
SELECT id, count(*) AS n FROM tied_now GROUP BY id ORDER BY id;
SELECT * FROM sorted_ties_now ORDER BY id;
SELECT * FROM numbered_now WHERE id = 1 ORDER BY r;
SELECT * FROM top_of_sorted_now ORDER BY id;
DELETE FROM o WHERE id > 4;
SELECT * FROM wrong();
DELETE FROM o;
SELECT * FROM wrong();
DROP SCHEMA limit_ties CASCADE;

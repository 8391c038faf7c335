-- A list without ORDER BY, in a subquery, may be in any order: in another one than when it was
-- stored, once rows have moved; and so may rows be that LIMIT and DISTINCT ON choose from.  What is
-- stored has to be found again all the same.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA list_order;
SET search_path = list_order, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY);
CREATE TABLE o (id int PRIMARY KEY, cust int, tag text, n numeric, j json, note text);
CREATE INDEX o_cust ON o (cust);
CREATE INDEX o_note ON o (note);
INSERT INTO c SELECT generate_series(1, 4);
INSERT INTO o SELECT i, 1 + i % 3, 't' || i, (ARRAY[1, 1.0, 2, 2.00])[1 + i % 4], to_json(i), 'a' FROM generate_series(1, 24) i;
SELECT ivm.create_view('strings_shown', 'SELECT id, (SELECT string_agg(tag, '','') FROM o WHERE o.cust = c.id) AS tags FROM c');
SELECT ivm.create_view('arrays', 'SELECT c.id, q.tags FROM c LEFT JOIN (SELECT cust, array_agg(tag) AS tags FROM o GROUP BY cust) q ON q.cust = c.id');
SELECT ivm.create_view('arrays_late', 'SELECT c.id, q.tags FROM c LEFT JOIN (SELECT cust, array_agg(tag) AS tags FROM o GROUP BY cust) q ON q.cust = c.id', 'deferred');
SELECT ivm.create_view('numbers', 'SELECT id, ARRAY(SELECT n FROM o WHERE o.cust = c.id) AS ns FROM c', 'deferred');
SELECT ivm.create_view('unions', 'SELECT id, ARRAY(SELECT n FROM o WHERE o.cust = c.id UNION SELECT c.id) AS ns FROM c', 'deferred');
SELECT ivm.create_view('documents', 'SELECT id, (SELECT jsonb_agg(o) FROM o WHERE o.cust = c.id) AS os FROM c', 'deferred');
SELECT ivm.create_view('of_json', 'SELECT id, (SELECT array_agg(j)::text FROM o WHERE o.cust = c.id) AS js, (SELECT jsonb_object_agg(cust, tag) FROM o WHERE o.cust = c.id) AS last, (SELECT xmlagg(xmlelement(name t, tag)) FROM o WHERE o.cust = c.id)::text AS x FROM c', 'deferred');
SELECT ivm.create_view('filtered', 'SELECT id, count(*) AS n, (SELECT string_agg(tag, note) FILTER (WHERE n > 1) FROM o WHERE o.cust = c.id) AS tags FROM c GROUP BY id', 'deferred');
SELECT ivm.create_view('latest', 'SELECT id, (SELECT tag FROM o WHERE o.cust = c.id ORDER BY note DESC LIMIT 1) AS tag FROM c');
SELECT ivm.create_view('latest_two', 'SELECT c.id * 10 + q.r AS id, q.tag FROM c CROSS JOIN LATERAL (SELECT tag, row_number() OVER () AS r FROM (SELECT tag FROM o WHERE o.cust = c.id ORDER BY cust OFFSET 1 LIMIT 2) p) q', 'deferred');
SELECT ivm.create_view('latest_on', 'SELECT c.id, q.tag, q.note FROM c LEFT JOIN (SELECT DISTINCT ON (cust) cust, tag, note, j FROM o ORDER BY cust) q ON q.cust = c.id');
SELECT ivm.create_view('latest_on_late', 'SELECT c.id, q.tag, q.note FROM c LEFT JOIN (SELECT DISTINCT ON (cust) cust, tag, note, j FROM o) q ON q.cust = c.id', 'deferred');
SELECT ivm.create_view('latest_union', 'SELECT id, (SELECT note FROM o WHERE o.cust = c.id UNION ALL SELECT tag FROM o WHERE o.cust = c.id LIMIT 1) AS x FROM c', 'deferred');
SELECT ivm.create_view('latest_sum', 'SELECT id, (SELECT sum(n) FROM o WHERE o.cust = c.id GROUP BY tag ORDER BY count(*) LIMIT 1) AS x FROM c', 'deferred');
SELECT ivm.create_view('any_of', 'SELECT id FROM c WHERE EXISTS (SELECT FROM o WHERE o.cust = c.id LIMIT 1)', 'deferred');
-- one row for each customer, and with all of its values
CREATE FUNCTION counts() RETURNS TABLE (view text, n bigint, different bigint, verified bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOREACH view IN ARRAY '{strings_shown,arrays,arrays_late,numbers,unions,documents,of_json,filtered,latest,latest_two,latest_on,latest_on_late,latest_union,latest_sum,any_of}'::text[] LOOP
		IF EXISTS (SELECT FROM ivm.views v WHERE v.schemaname = 'list_order' AND v.viewname = counts.view AND v.mode = 'deferred') THEN
			PERFORM ivm.refresh(view::regclass);
		END IF;
		EXECUTE format('SELECT count(*), count(DISTINCT id), (SELECT count(*) FROM ivm.verify_view(%L)) FROM %I', view, view) INTO n, different, verified;
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM counts();
UPDATE o SET note = 'x' WHERE id % 2 = 1;
CLUSTER o USING o_note;
UPDATE o SET tag = tag || '!' WHERE id IN (3, 4);
SELECT * FROM counts();
CLUSTER o USING o_pkey;
UPDATE o SET n = n + 1 WHERE id % 5 = 1;
SELECT * FROM counts();
DELETE FROM o WHERE id > 6;
SELECT * FROM counts();
SELECT * FROM strings_shown ORDER BY id;
SELECT * FROM latest ORDER BY id;
SELECT * FROM latest_on ORDER BY id;
SELECT * FROM arrays_late ORDER BY id;
DROP SCHEMA list_order CASCADE;

-- Changes of all kinds to the empty table t (id int PRIMARY KEY, g int, ...),
-- with the rows of table src, which has the same columns.
SELECT * FROM check_views();
INSERT INTO t SELECT * FROM src;
SELECT * FROM check_views();
-- each row is taken away alone, and brought back
DO $$
DECLARE
	i	int;
BEGIN
	FOR i IN SELECT id FROM src ORDER BY id LOOP
		DELETE FROM t WHERE id = i;
		COMMIT;
		PERFORM assert_exact();
		INSERT INTO t SELECT * FROM src WHERE id = i;
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
END $$;
-- each row takes the values of the next one, one row at a time
DO $$
DECLARE
	columns	text;
	i		int;
BEGIN
	SELECT string_agg(quote_ident(attname), ', ') INTO columns
	FROM pg_attribute
	WHERE attrelid = 't'::regclass AND attnum > 1 AND NOT attisdropped;
	FOR i IN SELECT id FROM src ORDER BY id LOOP
		EXECUTE format('UPDATE t SET (%s) = (SELECT %s FROM src WHERE id > $1 OR id = 1 ORDER BY id = 1, id LIMIT 1) WHERE id = $1',
					   columns, columns) USING i;
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
END $$;
-- groups merged and split, within a transaction that also fails in part
BEGIN;
UPDATE t SET g = coalesce(g, 0) % 2;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM t WHERE g = 0;
UPDATE t SET g = id;
SELECT * FROM check_views();
ROLLBACK TO s;
UPDATE t SET g = src.g FROM src WHERE src.id = t.id AND t.id % 3 > 0;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- groups emptied by many transactions, and filled by one
DO $$
DECLARE
	i	int;
BEGIN
	FOR i IN SELECT id FROM src ORDER BY id % 4, id LOOP
		DELETE FROM t WHERE id = i;
		COMMIT;
		PERFORM assert_exact();
	END LOOP;
END $$;
INSERT INTO t SELECT * FROM src;
SELECT * FROM check_views();
-- views made now hold the same, and go on from there
SELECT make_late_views();
SELECT * FROM check_views();
UPDATE t SET g = g % 3 WHERE id % 2 = 1;
DELETE FROM t WHERE id % 4 = 1;
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
DELETE FROM t;
INSERT INTO t SELECT * FROM src;
SELECT fold_views();
SELECT * FROM check_views();

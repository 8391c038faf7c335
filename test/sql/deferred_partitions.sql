-- Deferred views over partitioned tables: partitions come, go and are emptied.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_partitions;
SET search_path = deferred_partitions, ivm_test, public;
CREATE TABLE p (id int, k int, day date) PARTITION BY RANGE (day);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE p2 (day date, x text, k int, id int);
ALTER TABLE p2 DROP COLUMN x;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE d (k int PRIMARY KEY, name text);
INSERT INTO d SELECT i, 'n' || i % 3 FROM generate_series(0, 6) i;
INSERT INTO p SELECT i, i % 7, date '2024-01-01' + i FROM generate_series(1, 50) i;
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
CREATE FUNCTION refreshed() RETURNS TABLE (view text, method text, rows_read bigint, reason text) LANGUAGE plpgsql AS $$ BEGIN
	RETURN QUERY SELECT split_part(r.view_name, '.', 2), r.method, r.rows_read, r.reason FROM ivm.refresh_together('single', 'joined', 'left_joined', 'of_one') r ORDER BY 1; END $$;
SELECT deferred('single', 'SELECT k, count(*) AS n, max(day) AS d FROM p GROUP BY k');
SELECT deferred('joined', 'SELECT name, count(*) AS n FROM p JOIN d USING (k) GROUP BY name');
SELECT deferred('left_joined', 'SELECT name, count(day) AS n FROM d LEFT JOIN p USING (k) GROUP BY name');
SELECT deferred('of_one', 'SELECT k, count(*) AS n FROM p2 GROUP BY k');
INSERT INTO p VALUES (100, 1, '2024-01-15'), (101, 2, '2024-02-15');
UPDATE p SET day = day + 20 WHERE id = 12;
DELETE FROM p2 WHERE id = 40;
SELECT * FROM refreshed();
SELECT * FROM check_views();
TRUNCATE p1;
SELECT * FROM refreshed();
SELECT * FROM check_views();
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
INSERT INTO p VALUES (102, 2, '2024-03-15');
SELECT method FROM refreshed() ORDER BY 1;
SELECT * FROM check_views();
INSERT INTO p VALUES (103, 2, '2024-03-16');
SELECT view, method, rows_read FROM refreshed();
SELECT * FROM check_views();
ALTER TABLE p DETACH PARTITION p2;
INSERT INTO p2 (day, k, id) VALUES ('2024-02-03', 1, 104);
CALL ivm.refresh_all('deferred\_partitions.%');
SELECT * FROM check_views();
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO p VALUES (105, 2, '2024-02-16');
CALL ivm.refresh_all('deferred\_partitions.%');
SELECT * FROM check_views();
DROP TABLE p3;
CALL ivm.refresh_all('deferred\_partitions.%');
SELECT * FROM check_views();
TRUNCATE p;
INSERT INTO p VALUES (106, 2, '2024-02-16');
CALL ivm.refresh_all('deferred\_partitions.%');
SELECT * FROM check_views();
DROP SCHEMA deferred_partitions CASCADE;

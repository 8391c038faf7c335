-- A long-lived session keeps nothing of views and partitions that were dropped.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA cache_memory;
SET search_path = cache_memory;
SET client_min_messages = warning;
CREATE TABLE p (k int, x int) PARTITION BY LIST (k);
CREATE TABLE d (k int, name text);
SELECT ivm.create_view('v', 'SELECT k % 10 AS g, count(*) AS n, sum(x) AS total FROM p GROUP BY 1');
SELECT ivm.create_view('j', 'SELECT d.name, count(*) AS n FROM p JOIN d USING (k) GROUP BY d.name');
CREATE TABLE b (g int, x int);

-- contexts of the extension and those below; 18 has their path instead of the parent's name
CREATE FUNCTION kept() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	bytes	bigint;
BEGIN
	IF current_setting('server_version_num')::int >= 180000 THEN
		WITH contexts AS MATERIALIZED (SELECT * FROM pg_backend_memory_contexts)
		SELECT sum(total_bytes) INTO bytes FROM contexts c
		WHERE EXISTS (SELECT FROM contexts o WHERE o.name ~ '^ivm' AND o.path[o.level] = ANY (c.path));
	ELSE
		SELECT sum(total_bytes) INTO bytes FROM pg_backend_memory_contexts
		WHERE name ~ '^ivm' OR parent ~ '^ivm';
	END IF;
	RETURN bytes;
END $$;
CREATE PROCEDURE partitions(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. last LOOP
		EXECUTE format('CREATE TABLE p%s PARTITION OF p FOR VALUES IN (%s)', i, i);
		EXECUTE format('INSERT INTO p%s VALUES (%s, %s)', i, i, i);
		COMMIT;
		EXECUTE format('DROP TABLE p%s', i);
		COMMIT;
	END LOOP;
END $$;
CREATE PROCEDURE views(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN first .. last LOOP
		PERFORM ivm.create_view('w', 'SELECT g, count(*) AS n, max(x) AS high FROM cache_memory.b GROUP BY g');
		INSERT INTO b VALUES (i, i);
		COMMIT;
		PERFORM * FROM w;
		PERFORM ivm.drop_view('w');
		COMMIT;
	END LOOP;
END $$;
CREATE TEMP TABLE measured (what text, bytes bigint);

CALL partitions(1, 30);
INSERT INTO measured VALUES ('partitions', kept());
CALL partitions(31, 150);
SELECT kept() - bytes AS more FROM measured WHERE what = 'partitions';
CALL views(1, 30);
INSERT INTO measured VALUES ('views', kept());
CALL views(31, 120);
SELECT kept() - bytes AS more FROM measured WHERE what = 'views';
SELECT * FROM ivm.verify_view('v');
SELECT * FROM ivm.verify_view('j');
DROP SCHEMA cache_memory CASCADE;

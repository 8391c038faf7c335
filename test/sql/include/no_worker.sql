-- No worker does what is due while a test looks; worker_again.sql undoes it.
LOAD 'ivm';
ALTER SYSTEM SET ivm.worker = off;
SELECT pg_reload_conf();
DO $$
BEGIN
	LOOP
		PERFORM pg_sleep(0.02);
		EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'ivm worker' AND datname = current_database());
	END LOOP;
END $$;
SHOW ivm.worker;

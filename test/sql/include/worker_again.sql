ALTER SYSTEM RESET ivm.worker;
SELECT pg_reload_conf();

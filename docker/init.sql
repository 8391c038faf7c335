-- Run once, when the image makes a new cluster: in the database POSTGRES_DB, and in
-- template1, which later databases are copies of.
CREATE EXTENSION IF NOT EXISTS ivm;
\connect template1
CREATE EXTENSION IF NOT EXISTS ivm;

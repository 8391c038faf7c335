/*-------------------------------------------------------------------------
 *
 * ddl_refuse.h
 *	  Commands that views do not allow.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DDL_REFUSE_H
#define IVM_DDL_REFUSE_H

#include "nodes/parsenodes.h"

/*
 * Each raises an error if the command, which has not run yet, would change one
 * of the views of these rows in a way that they do not allow.  No locks are
 * taken: what the command names may be gone when it runs.
 */

/*
 * CREATE OR REPLACE VIEW with this query, or CREATE RULE for SELECT (query is
 * NULL), on a view or its definition.  A placeholder, as pg_dump makes it, is
 * let through, and the view is stale.
 */
extern void ivm_ddl_refuse_replacement(List *rows, RangeVar *rv, Node *query);

/* ALTER ... RENAME TO or SET SCHEMA of storage or of a part */
extern void ivm_ddl_refuse_rename(List *rows, RangeVar *rv);

/* One command of ALTER TABLE, FOREIGN TABLE or VIEW on the relation with this OID */
extern void ivm_ddl_refuse_alteration(List *rows, Oid relid, AlterTableCmd *cmd);

/* CREATE TABLE ... INHERITS these relations (RangeVar *), or INHERIT of one of them */
extern void ivm_ddl_refuse_children(List *rows, List *parents);

/*
 * DROP EXTENSION ivm without CASCADE while there are views: core would name their storage
 * and triggers.
 */
extern void ivm_ddl_refuse_drop_of_extension(List *rows);

/*
 * ALTER SCHEMA ... RENAME of the extension's schemas.  These are found by name,
 * in each backend and from SQL text, so they keep it, whether there are views or
 * not.
 */
extern void ivm_ddl_refuse_schema_rename(RenameStmt *stmt);

/*
 * CREATE TRIGGER on a table of the extension's schemas, unless it calls a function of schema
 * ivm: it would not fire.
 */
extern void ivm_ddl_refuse_trigger(CreateTrigStmt *stmt);

/*
 * DROP TABLE, without CASCADE, of a table whose rows, as a whole, are stored for views: core would
 * name the tables where.
 */
extern void ivm_ddl_refuse_drop_of_rows(List *rows, Oid relid);

#endif							/* IVM_DDL_REFUSE_H */

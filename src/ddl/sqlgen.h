/*-------------------------------------------------------------------------
 *
 * sqlgen.h
 *	  The only builder of SQL text, and of query trees made from it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_SQLGEN_H
#define IVM_SQLGEN_H

#include "nodes/params.h"
#include "nodes/parsenodes.h"

#include "definition/analyze.h"
#include "plan/plan.h"

/* Statements creating the relations of a view, given qualified names. */
extern char *ivm_sql_create_state(const IvmCore *core, const char *state);
extern char *ivm_sql_create_delta(const IvmCore *core, const char *delta);
extern List *ivm_sql_create_indexes(const IvmCore *core, const char *name,
									const char *state, const char *delta);
extern List *ivm_sql_create_triggers(Oid base);
extern List *ivm_sql_create_leaf_triggers(Oid leaf);
extern char *ivm_sql_enable_trigger(Oid relid, const char *trigger);
extern char *ivm_sql_set_logged(Oid relid, bool logged);
extern char *ivm_sql_analyze(const char *rel);
extern char *ivm_sql_finish_name(int32 view_id, int n);
extern char *ivm_sql_create_finish(const char *name, const Oid *argtypes, int nargs,
								   Expr *body, ArrayType *settings, bool parallel_safe);
extern char *ivm_sql_relation_name(Oid relid);

/* Query trees. */
extern Query *ivm_sql_finishing_query(const IvmCore *core, const char *state);
extern void ivm_sql_fill_parts(Query *query, const IvmParts *parts, List *views);
extern Query *ivm_sql_core_query(const IvmPlan *plan);
extern Query *ivm_sql_bare_query(const IvmCore *core);
extern Query *ivm_sql_row_query(const IvmCore *core);
extern Query *ivm_sql_core_key_query(const IvmPlan *plan, const Datum *keys, const bool *nulls);
extern Query *ivm_sql_core_empty_query(const IvmPlan *plan, const Datum *keys, const bool *nulls);
extern ParamListInfo ivm_sql_key_params(const IvmPlan *plan, const Datum *keys,
										const bool *nulls);
extern Expr *ivm_sql_expression(const char *text, List *args);
extern List *ivm_sql_parse(const char *sql);

/* Names of columns. */
extern char *ivm_sql_state_column(const IvmCore *core, int accum, int col);

#define IVM_TRIGGER_ROW			"ivm_capture"
#define IVM_TRIGGER_TRUNCATE	"ivm_capture_truncate"
#define IVM_TRIGGER_TRUNCATE_LEAF "ivm_capture_truncate_leaf"

#endif							/* IVM_SQLGEN_H */

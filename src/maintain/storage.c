/*-------------------------------------------------------------------------
 *
 * storage.c
 *	  The tables that hold a view's state and deltas, and their indexes.
 *
 *		state	[key_hash]	keys...				  row_count  accumulators...
 *		delta	[key_hash]	keys...	 slot  dirty  row_count  accumulators...
 *
 * key_hash is there, and indexed instead of the keys, where an index on the keys
 * is not possible, or not for all values (definition/layout.c).  The positions
 * of columns are those of ivm_layout_find(), which must agree with what is made
 * here.
 *
 * The state table leaves room in its pages for updates in place.  The delta
 * table is small and rewritten all the time: it is vacuumed early, and not
 * analyzed.  Both are UNLOGGED where the base table is.  A trigger watches
 * over rows that others than the extension bring.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "definition/core.h"
#include "definition/core_query.h"
#include "definition/layout.h"
#include "definition/time_window.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_triggers.h"

/* ---- statements ---- */

/* Append a column definition to the list that has been begun with "(". */
static void
append_column(StringInfo buf, const char *name, Oid type, int32 typmod, Oid collation)
{
	appendStringInfo(buf, "%s%s %s", buf->data[buf->len - 1] == '(' ? "" : ", ",
					 quote_identifier(name),
					 format_type_extended(type, typmod,
										  FORMAT_TYPE_TYPEMOD_GIVEN |
										  FORMAT_TYPE_FORCE_QUALIFY));
	if (OidIsValid(collation) && collation != get_typcollation(type))
	{
		HeapTuple	tup = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));

		if (HeapTupleIsValid(tup))
		{
			Form_pg_collation c = (Form_pg_collation) GETSTRUCT(tup);

			appendStringInfo(buf, " COLLATE %s",
							 quote_qualified_identifier(get_namespace_name(c->collnamespace),
														NameStr(c->collname)));
			ReleaseSysCache(tup);
		}
	}
}

/* Append a column of an accumulator. */
static void
append_accum_column(StringInfo buf, const IvmAccumDef *def, const IvmAccumColumn *col)
{
	bool		is_arg = !OidIsValid(col->type);

	append_column(buf, ivm_core_query_column_name(def->name, col->suffix),
				  is_arg ? def->accum.argtype[0] : col->type,
				  -1,			/* as the aggregate's result */
				  is_arg ? def->accum.argcoll[0] : InvalidOid);
}

/* Have the tables of this core a key_hash? */
static bool
is_hashed(const IvmCore *core)
{
	IvmLayout	layout;
	int		   *positions = palloc(sizeof(int) * Max(core->naccums, 1));

	ivm_layout_find(core, &layout, positions, positions);
	return layout.hashed;
}

static void
append_key_columns(StringInfo buf, const IvmCore *core)
{
	if (is_hashed(core))
		append_column(buf, "key_hash", INT8OID, -1, InvalidOid);
	for (int i = 0; i < core->nkeys; i++)
	{
		const IvmKeyDef *key = &core->keys[i];

		append_column(buf, key->name, key->type, key->typmod, key->collation);
	}
}

/* The tables are UNLOGGED where the first base table is. */
static const char *
persistence_word(const IvmCore *core)
{
	return core->nsources > 0 &&
		get_rel_persistence(core->sources[0].relid) == RELPERSISTENCE_UNLOGGED ? "UNLOGGED " : "";
}

char *
ivm_storage_state_text(const IvmCore *core, const char *state)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sTABLE %s (", persistence_word(core), state);
	append_key_columns(&buf, core);
	append_column(&buf, "row_count", INT8OID, -1, InvalidOid);
	for (int i = 0; i < core->naccums; i++)
		for (int c = 0; c < core->accums[i].accum.class->nstate; c++)
			append_accum_column(&buf, &core->accums[i], &core->accums[i].accum.class->state[c]);
	appendStringInfoString(&buf, ") WITH (fillfactor = 90)");
	return buf.data;
}

char *
ivm_storage_delta_text(const IvmCore *core, const char *delta)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sTABLE %s (", persistence_word(core), delta);
	append_key_columns(&buf, core);
	append_column(&buf, "slot", INT4OID, -1, InvalidOid);
	append_column(&buf, "dirty", BOOLOID, -1, InvalidOid);
	append_column(&buf, "row_count", INT8OID, -1, InvalidOid);
	for (int i = 0; i < core->naccums; i++)
		for (int c = 0; c < core->accums[i].accum.class->ndelta; c++)
			append_accum_column(&buf, &core->accums[i], &core->accums[i].accum.class->delta[c]);
	appendStringInfoString(&buf, ") WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000,"
						   " autovacuum_vacuum_scale_factor = 0, autovacuum_analyze_threshold = 2147483647)");
	return buf.data;
}

/* A column of this name that the base table does not have, among those logged. */
static char *
free_column_name(const char *name, TupleDesc desc, const Bitmapset *columns)
{
	char	   *result = pstrdup(name);
	int			a = -1;

	while ((a = bms_next_member(columns, a)) >= 0)
	{
		if (strcmp(NameStr(TupleDescAttr(desc, a - 1)->attname), result) != 0)
			continue;
		result = psprintf("_%s", result);
		a = -1;
	}
	return result;
}

CreateStmt *
ivm_storage_log_statement(Oid base, const Bitmapset *columns, char **name)
{
	Relation	rel = table_open(base, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	Oid			seq = ivm_own_table_relid("change_log_id");
	char	   *suffix = psprintf("_log_%d", (int) nextval_internal(seq, false));
	const char *table = RelationGetRelationName(rel);
	StringInfoData buf;
	int			a = -1;

	*name = psprintf("%.*s%s", pg_mbcliplen(table, strlen(table), NAMEDATALEN - 1 - strlen(suffix)),
					 table, suffix);
	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %sTABLE %s (",
					 rel->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED ? "UNLOGGED " : "",
					 quote_qualified_identifier(IVM_DATA_SCHEMA, *name));
	append_column(&buf, free_column_name("xid", desc, columns), XID8OID, -1, InvalidOid);
	append_column(&buf, free_column_name("sign", desc, columns), INT2OID, -1, InvalidOid);
	while ((a = bms_next_member(columns, a)) >= 0)
	{
		Form_pg_attribute att = TupleDescAttr(desc, a - 1);

		append_column(&buf, NameStr(att->attname), att->atttypid, att->atttypmod, att->attcollation);
	}
	appendStringInfoString(&buf, ") WITH (autovacuum_enabled = off)");
	table_close(rel, NoLock);
	return castNode(CreateStmt, linitial_node(RawStmt, ivm_sql_text_parse(buf.data))->stmt);
}

char *
ivm_storage_like_text(Oid relid, const char *name)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE TABLE %s (", quote_qualified_identifier(IVM_DATA_SCHEMA, name));
	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		append_column(&buf, NameStr(att->attname), att->atttypid, att->atttypmod, att->attcollation);
	}
	appendStringInfoChar(&buf, ')');
	relation_close(rel, AccessShareLock);
	return buf.data;
}

/*
 * Indexes by which readers find the rows within a window of time, where the key's does not
 * serve.
 */
static List *
time_index_texts(const IvmCore *core, const char *name, const char *state, bool hashed)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (core->window == NULL)
		return NIL;
	foreach(lc, core->window->keys)
	{
		int			key = ((IvmTimeKey *) lfirst(lc))->key;

		if (hashed || key != 0)
			result = lappend(result, psprintf("CREATE INDEX %s ON %s (%s)",
											  quote_identifier(psprintf("%s_time%d", name, foreach_current_index(lc) + 1)),
											  state, quote_identifier(core->keys[key].name)));
	}
	return result;
}

List *
ivm_storage_index_texts(const IvmCore *core, const char *name,
						const char *state, const char *delta)
{
	StringInfoData cols;
	bool		hashed = is_hashed(core);
	List	   *result;

	initStringInfo(&cols);
	if (hashed)
		appendStringInfoString(&cols, "key_hash");
	for (int i = 0; !hashed && i < core->nkeys; i++)
		appendStringInfo(&cols, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(core->keys[i].name));
	result = list_make4(psprintf("CREATE %sINDEX %s ON %s (%s)%s",
								 hashed ? "" : "UNIQUE ",
								 quote_identifier(psprintf("%s_key", name)), state, cols.data,
								 hashed ? "" : " NULLS NOT DISTINCT"),
						psprintf("CREATE INDEX %s ON %s (%s, slot)",
								 quote_identifier(psprintf("%s_delta_key", name)), delta, cols.data),
						psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", state),
						psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", delta));
	return list_concat(result, time_index_texts(core, name, state, hashed));
}

bool
ivm_storage_is_own_index(const char *name, const char *index)
{
	size_t		len = strlen(name);

	return strncmp(index, name, len) == 0 &&
		(strcmp(index + len, "_key") == 0 ||
		 (strncmp(index + len, "_time", strlen("_time")) == 0 &&
		  strspn(index + len + strlen("_time"), "0123456789") == strlen(index + len) - strlen("_time")));
}

char *
ivm_storage_logged_text(Oid relid, bool logged)
{
	return psprintf("ALTER TABLE %s SET %s", ivm_sql_text_relation_name(relid),
					logged ? "LOGGED" : "UNLOGGED");
}

char *
ivm_storage_analyze_text(const char *rel)
{
	return psprintf("ANALYZE %s", rel);
}

char *
ivm_storage_fillfactor_text(Oid relid, int fillfactor)
{
	return psprintf("ALTER TABLE %s SET (fillfactor = %d)",
					ivm_sql_text_relation_name(relid), fillfactor);
}

/* ---- commands ---- */

/* The extension's own tables */
static const char *const own_tables[] = {
	"view", "view_base", "change_log", "time_window", "watermark", "append_view", "append_leaf",
	"generation", "generation_append_view", "generation_append_leaf", "schedule", "recomputation", "run_count", "run"
};

/* Those with a trigger for restored rows */
static const char *const restored_tables[] = {"view", "watermark"};

void
ivm_storage_guard(Oid relid)
{
	CreateTrigStmt *stmt = makeNode(CreateTrigStmt);

	stmt->replace = true;
	stmt->trigname = pstrdup(IVM_TRIGGER_GUARD);
	stmt->funcname = list_make2(makeString(IVM_SCHEMA), makeString("_guard_storage"));
	stmt->row = true;
	stmt->timing = TRIGGER_TYPE_BEFORE;
	stmt->events = TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE;
	(void) CreateTriggerFiringOn(stmt, NULL, relid, InvalidOid, InvalidOid, InvalidOid,
								 InvalidOid, InvalidOid, NULL, false, false,
								 TRIGGER_FIRES_ALWAYS);
	CommandCounterIncrement();
}

void
ivm_storage_ensure_guards(const IvmViewRow *row)
{
	Oid			tables[] = {row->state, row->delta};
	IvmOwnerScope scope;

	ivm_owner_scope_enter_extension(&scope);
	for (int i = 0; i < (int) lengthof(tables); i++)
	{
		if (!ivm_plan_triggers_guard(tables[i]))
			ivm_storage_guard(tables[i]);
	}
	ivm_owner_scope_leave(&scope);
}

/* Let the extension's triggers fire again as when it was created. */
static void
restore_own_triggers(void)
{
	for (int i = 0; i < (int) lengthof(restored_tables); i++)
		ivm_own_command_run(psprintf("ALTER TABLE %s.%s ENABLE ALWAYS TRIGGER ivm_restored",
									 IVM_SCHEMA, restored_tables[i]));
	for (int i = 0; i < (int) lengthof(own_tables); i++)
		ivm_own_command_run(psprintf("ALTER TABLE %s.%s ENABLE ALWAYS TRIGGER %s",
									 IVM_SCHEMA, own_tables[i], IVM_TRIGGER_GUARD));
}

void
ivm_storage_ensure_own_guards(void)
{
	bool		guarded = true;
	bool		before;
	IvmOwnerScope scope;

	for (int i = 0; i < (int) lengthof(own_tables); i++)
		guarded = guarded && ivm_plan_triggers_guard(ivm_own_table_relid(own_tables[i]));
	if (guarded)
		return;
	before = ivm_own_command_enter();
	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		restore_own_triggers();
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

void
ivm_storage_ensure_indexes(IvmPlan *plan)
{
	IvmViewRow *row = plan->row;
	List	   *statements = ivm_storage_index_texts(plan->core, get_rel_name(row->state),
													 ivm_sql_text_relation_name(row->state),
													 ivm_sql_text_relation_name(row->delta));
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;

	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		if (!OidIsValid(plan->state_index))
			ivm_own_command_run(linitial(statements));
		if (!OidIsValid(plan->delta_index))
			ivm_own_command_run(lsecond(statements));
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

Oid
ivm_storage_create_index(IvmViewRow *row, IndexStmt *stmt)
{
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;
	Oid			result = InvalidOid;

	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		LockRelationOid(row->state, ShareLock);
		result = ivm_compat_define_index(row->state, stmt);
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
	CommandCounterIncrement();
	return result;
}

void
ivm_storage_set_fillfactor(IvmViewRow *row, int fillfactor)
{
	bool		before = ivm_own_command_enter();
	IvmOwnerScope scope;

	PG_TRY();
	{
		ivm_owner_scope_enter_extension(&scope);
		ivm_own_command_run(ivm_storage_fillfactor_text(row->state, fillfactor));
		ivm_owner_scope_leave(&scope);
	}
	PG_FINALLY();
	{
		ivm_own_command_leave(before);
	}
	PG_END_TRY();
}

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
 * analyzed.  Both are UNLOGGED where the base table is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "catalog/own_command.h"
#include "definition/core.h"
#include "definition/core_query.h"
#include "definition/layout.h"
#include "maintain/storage.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"

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

List *
ivm_storage_index_texts(const IvmCore *core, const char *name,
						const char *state, const char *delta)
{
	StringInfoData cols;
	bool		hashed = is_hashed(core);

	initStringInfo(&cols);
	if (hashed)
		appendStringInfoString(&cols, "key_hash");
	for (int i = 0; !hashed && i < core->nkeys; i++)
		appendStringInfo(&cols, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(core->keys[i].name));
	return list_make4(psprintf("CREATE %sINDEX %s ON %s (%s)%s",
							   hashed ? "" : "UNIQUE ",
							   quote_identifier(psprintf("%s_key", name)), state, cols.data,
							   hashed ? "" : " NULLS NOT DISTINCT"),
					  psprintf("CREATE INDEX %s ON %s (%s, slot)",
							   quote_identifier(psprintf("%s_delta_key", name)), delta, cols.data),
					  psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", state),
					  psprintf("ALTER TABLE %s REPLICA IDENTITY FULL", delta));
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

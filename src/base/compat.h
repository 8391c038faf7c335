/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  Differences between the supported PostgreSQL major versions.
 *
 * The only file that tests PG_VERSION_NUM.  Shims carry the newest name and
 * signature, or an ivm_compat_ name where the newest has no equivalent.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_COMPAT_H
#define IVM_COMPAT_H

#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_proc.h"
#include "catalog/storage.h"
#include "common/relpath.h"
#include "commands/alter.h"
#include "commands/defrem.h"
#include "catalog/pg_namespace.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "pgstat.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "storage/bufmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/datetime.h"
#include "utils/acl.h"
#include "utils/backend_status.h"
#include "utils/guc_tables.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#if PG_VERSION_NUM < 150000
#error "ivm requires PostgreSQL 15 or later"
#endif

/* 18 keeps a library's name and version, for pg_get_loaded_modules(). */
#if PG_VERSION_NUM >= 180000
#define IVM_COMPAT_MODULE_MAGIC(name_, version_) \
	PG_MODULE_MAGIC_EXT(.name = name_, .version = version_)
#else
#define IVM_COMPAT_MODULE_MAGIC(name_, version_) PG_MODULE_MAGIC
#endif

/* index_beginscan() took no instrumentation before 18 */
static inline IndexScanDesc
ivm_compat_index_beginscan(Relation heap, Relation index, Snapshot snapshot,
						   int nkeys)
{
#if PG_VERSION_NUM >= 180000
	return index_beginscan(heap, index, snapshot, NULL, nkeys, 0);
#else
	return index_beginscan(heap, index, snapshot, nkeys, 0);
#endif
}

/* Snapshots could be too old to read a page before 17. */
static inline void
ivm_compat_test_for_old_snapshot(Snapshot snapshot, Relation rel, Page page)
{
#if PG_VERSION_NUM < 170000
	TestForOldSnapshot(snapshot, rel, page);
#endif
}

/*
 * Update a tuple; *index_mode tells ivm_compat_insert_indexes() what to do:
 * 0 nothing, 1 all indexes, 2 only summarizing ones (16 and later).
 */
static inline TM_Result
ivm_compat_tuple_update(Relation rel, ItemPointer tid, TupleTableSlot *slot,
						CommandId cid, Snapshot snapshot, bool wait,
						TM_FailureData *tmfd, LockTupleMode *lockmode,
						int *index_mode)
{
	TM_Result	result;
#if PG_VERSION_NUM >= 160000
	TU_UpdateIndexes update_indexes;

	result = table_tuple_update(rel, tid, slot, cid, snapshot,
								InvalidSnapshot, wait, tmfd, lockmode,
								&update_indexes);
	*index_mode = update_indexes == TU_None ? 0 :
		update_indexes == TU_Summarizing ? 2 : 1;
#else
	bool		update_indexes;

	result = table_tuple_update(rel, tid, slot, cid, snapshot,
								InvalidSnapshot, wait, tmfd, lockmode,
								&update_indexes);
	*index_mode = update_indexes ? 1 : 0;
#endif
	return result;
}

/* Insert index entries for a tuple just inserted or updated. */
static inline void
ivm_compat_insert_indexes(ResultRelInfo *rri, TupleTableSlot *slot,
						  EState *estate, bool update, int index_mode)
{
#if PG_VERSION_NUM >= 160000
	(void) ExecInsertIndexTuples(rri, slot, estate, update, false, NULL, NIL,
								 index_mode == 2);
#else
	(void) index_mode;
	(void) ExecInsertIndexTuples(rri, slot, estate, update, false, NULL, NIL);
#endif
}

/* ExecutorRun() of all rows; before 18, once tells that it is not called again. */
#if PG_VERSION_NUM < 180000
#define ivm_compat_executor_run(qd, once) ExecutorRun(qd, ForwardScanDirection, 0, once)
#else
#define ivm_compat_executor_run(qd, once) ExecutorRun(qd, ForwardScanDirection, 0)
#endif

/* Expand the virtual columns of GROUP BY that 18 puts into a query. */
static inline void
ivm_compat_flatten_groups(Query *query)
{
#if PG_VERSION_NUM >= 180000
	if (!query->hasGroupRTE)
		return;
	query->targetList = (List *)
		flatten_group_exprs(NULL, query, (Node *) query->targetList);
	query->havingQual =
		flatten_group_exprs(NULL, query, query->havingQual);
	Assert(((RangeTblEntry *) llast(query->rtable))->rtekind == RTE_GROUP);
	query->rtable = list_truncate(query->rtable, list_length(query->rtable) - 1);
	query->hasGroupRTE = false;
#else
	(void) query;
#endif
}

/* Put the expression in place of a virtual generated column's Var (18). */
static inline Node *
ivm_compat_expand_generated(Node *node, Relation rel, int rti)
{
#if PG_VERSION_NUM >= 180000
	return expand_generated_columns_in_expr(node, rel, rti);
#else
	(void) rel;
	(void) rti;
	return node;
#endif
}

/* Is a column a virtual generated one (18)?  No table has a value of it in its rows. */
static inline bool
ivm_compat_is_virtual(Relation rel, AttrNumber attno)
{
#if PG_VERSION_NUM >= 180000
	return attno > 0 &&
		TupleDescAttr(RelationGetDescr(rel), attno - 1)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL;
#else
	(void) rel;
	(void) attno;
	return false;
#endif
}

/*
 * The expression of a virtual generated column, over range table entry 1: a new copy in
 * CurrentMemoryContext.
 */
static inline Node *
ivm_compat_virtual_expression(Relation rel, AttrNumber attno)
{
#if PG_VERSION_NUM >= 180000
	return build_generation_expression(rel, attno);
#else
	(void) rel;
	(void) attno;
	return NULL;
#endif
}

/* IsQueryIdEnabled() is in another header since 16. */
#if PG_VERSION_NUM >= 160000
#include "nodes/queryjumble.h"
#else
#include "utils/queryjumble.h"
#endif

/* Is a user the owner of a relation, or of a schema? */
#if PG_VERSION_NUM < 160000
static inline bool
ivm_compat_is_owner(Oid relid, Oid userid)
{
	return pg_class_ownercheck(relid, userid);
}

static inline bool
ivm_compat_owns_schema(Oid namespace, Oid userid)
{
	return pg_namespace_ownercheck(namespace, userid);
}

static inline bool
ivm_compat_may_execute(Oid funcid, Oid userid)
{
	return pg_proc_aclcheck(funcid, userid, ACL_EXECUTE) == ACLCHECK_OK;
}
#else
static inline bool
ivm_compat_is_owner(Oid relid, Oid userid)
{
	return object_ownercheck(RelationRelationId, relid, userid);
}

static inline bool
ivm_compat_owns_schema(Oid namespace, Oid userid)
{
	return object_ownercheck(NamespaceRelationId, namespace, userid);
}

static inline bool
ivm_compat_may_execute(Oid funcid, Oid userid)
{
	return object_aclcheck(ProcedureRelationId, funcid, userid, ACL_EXECUTE) == ACLCHECK_OK;
}
#endif

/* Has a user the privilege MAINTAIN on a relation (17)? */
static inline bool
ivm_compat_may_maintain(Oid relid, Oid userid)
{
#if PG_VERSION_NUM >= 170000
	return pg_class_aclcheck(relid, userid, ACL_MAINTAIN) == ACLCHECK_OK;
#else
	(void) relid;
	(void) userid;
	return false;
#endif
}

/* Let a column be stored otherwise than its type says; 18 has a copy of that, to be changed as well. */
static inline void
ivm_compat_set_storage(TupleDesc desc, int i, char storage)
{
	TupleDescAttr(desc, i)->attstorage = storage;
#if PG_VERSION_NUM >= 180000
	populate_compact_attribute(desc, i);
#endif
}

/* heap_form_minimal_tuple() took no extra space before 18 */
static inline MinimalTuple
ivm_compat_form_minimal_tuple(TupleDesc desc, const Datum *values, const bool *nulls)
{
#if PG_VERSION_NUM >= 180000
	return heap_form_minimal_tuple(desc, values, nulls, 0);
#else
	return heap_form_minimal_tuple(desc, (Datum *) values, (bool *) nulls);
#endif
}

/* A value passed by value, in order; tuplesort_getdatum() did not ask whether to copy before 16. */
static inline bool
ivm_compat_tuplesort_getdatum(Tuplesortstate *sort, Datum *value, bool *isnull)
{
#if PG_VERSION_NUM >= 160000
	return tuplesort_getdatum(sort, true, false, value, isnull, NULL);
#else
	return tuplesort_getdatum(sort, true, value, isnull, NULL);
#endif
}

/* heap_copy_minimal_tuple() took no extra space before 18 */
static inline MinimalTuple
ivm_compat_copy_minimal_tuple(MinimalTuple tuple)
{
#if PG_VERSION_NUM >= 180000
	return heap_copy_minimal_tuple(tuple, 0);
#else
	return heap_copy_minimal_tuple(tuple);
#endif
}

/* Headers that have come since */
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Take a lock unless that means waiting, or the table of locks is full. */
static inline bool
ivm_compat_trylock(const LOCKTAG *tag, LOCKMODE mode)
{
#if PG_VERSION_NUM >= 180000
	return LockAcquireExtended(tag, mode, false, true, false, NULL, false) != LOCKACQUIRE_NOT_AVAIL;
#else
	return LockAcquireExtended(tag, mode, false, true, false, NULL) != LOCKACQUIRE_NOT_AVAIL;
#endif
}

/* The same for a lock that is kept when the transaction ends. */
static inline bool
ivm_compat_trylock_session(const LOCKTAG *tag, LOCKMODE mode)
{
#if PG_VERSION_NUM >= 180000
	return LockAcquireExtended(tag, mode, true, true, false, NULL, false) != LOCKACQUIRE_NOT_AVAIL;
#else
	return LockAcquireExtended(tag, mode, true, true, false, NULL) != LOCKACQUIRE_NOT_AVAIL;
#endif
}

/* Does this backend hold the lock? */
static inline bool
ivm_compat_lock_held(const LOCKTAG *tag, LOCKMODE mode)
{
#if PG_VERSION_NUM >= 170000
	return LockHeldByMe(tag, mode, false);
#else
	return LockHeldByMe(tag, mode);
#endif
}

/* Map from the columns of one row type to another's by name, or NULL. */
static inline AttrMap *
ivm_compat_build_attrmap(TupleDesc indesc, TupleDesc outdesc)
{
#if PG_VERSION_NUM >= 160000
	return build_attrmap_by_name_if_req(indesc, outdesc, false);
#else
	return build_attrmap_by_name_if_req(indesc, outdesc);
#endif
}

/* The n-th entry, from 1 on, of the backends' states that this transaction looks at; or NULL. */
static inline const PgBackendStatus *
ivm_compat_backend_status(int n)
{
#if PG_VERSION_NUM >= 160000
	LocalPgBackendStatus *local = pgstat_get_local_beentry_by_index(n);
#else
	LocalPgBackendStatus *local = pgstat_fetch_stat_local_beentry(n);
#endif

	return local ? &local->backendStatus : NULL;
}

/* A small number of this backend that no other has. */
#if PG_VERSION_NUM >= 170000
#define ivm_compat_backend_number() ((int) MyProcNumber)
#else
#define ivm_compat_backend_number() ((int) MyBackendId)
#endif

/* AlterObjectOwner_internal(), for server_internals.c, was given an open catalogue before 17. */
static inline void
ivm_compat_alter_owner(Oid classid, Oid objid, Oid owner)
{
#if PG_VERSION_NUM >= 170000
	AlterObjectOwner_internal(classid, objid, owner);
#else
	Relation	rel = table_open(classid, RowExclusiveLock);

	AlterObjectOwner_internal(rel, objid, owner);
	table_close(rel, RowExclusiveLock);
#endif
}

/* CREATE INDEX; the statement is transformed, and rights were checked. */
static inline Oid
ivm_compat_define_index(Oid relid, IndexStmt *stmt)
{
#if PG_VERSION_NUM >= 160000
	return DefineIndex(relid, stmt, InvalidOid, InvalidOid, InvalidOid, -1,
					   false, false, true, false, false).objectId;
#else
	return DefineIndex(relid, stmt, InvalidOid, InvalidOid, InvalidOid,
					   false, false, true, false, false).objectId;
#endif
}

/* The file of a relation is one that was made in this transaction. */
static inline void
ivm_compat_assume_new_file(Relation rel)
{
#if PG_VERSION_NUM >= 160000
	RelationAssumeNewRelfilelocator(rel);
#else
	RelationAssumeNewRelfilenode(rel);
#endif
}

/* Was a relation, or its file, made in this transaction? */
static inline bool
ivm_compat_is_new(Relation rel)
{
#if PG_VERSION_NUM >= 160000
	return rel->rd_createSubid != InvalidSubTransactionId ||
		rel->rd_firstRelfilelocatorSubid != InvalidSubTransactionId;
#else
	return rel->rd_createSubid != InvalidSubTransactionId ||
		rel->rd_firstRelfilenodeSubid != InvalidSubTransactionId;
#endif
}

/* Make an empty file, which goes if the transaction is rolled back; returns its number. */
static inline Oid
ivm_compat_create_file(Oid tablespace, char persistence)
{
#if PG_VERSION_NUM >= 160000
	RelFileLocator file = {.spcOid = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace,
	.dbOid = MyDatabaseId,.relNumber = GetNewRelFileNumber(tablespace, NULL, persistence)};

	(void) RelationCreateStorage(file, persistence, true);
	return file.relNumber;
#else
	RelFileNode file = {.spcNode = OidIsValid(tablespace) ? tablespace : MyDatabaseTableSpace,
	.dbNode = MyDatabaseId,.relNode = GetNewRelFileNode(tablespace, NULL, persistence)};

	(void) RelationCreateStorage(file, persistence, true);
	return file.relNode;
#endif
}

/* A value of pg_attribute.attstattarget: int4 in 15, then int2 */
static inline int
ivm_compat_statistics_target(Datum value)
{
#if PG_VERSION_NUM >= 160000
	return DatumGetInt16(value);
#else
	return DatumGetInt32(value);
#endif
}

/* The value that says that there is none: null from 17 on */
static inline Datum
ivm_compat_no_statistics_target(bool *isnull)
{
#if PG_VERSION_NUM >= 170000
	*isnull = true;
	return (Datum) 0;
#elif PG_VERSION_NUM >= 160000
	*isnull = false;
	return Int16GetDatum(-1);
#else
	*isnull = false;
	return Int32GetDatum(-1);
#endif
}

/* 18 knows how many pages are all-frozen */
static inline void
ivm_compat_set_all_frozen(Form_pg_class form, int pages)
{
#if PG_VERSION_NUM >= 180000
	form->relallfrozen = pages;
#else
	(void) form;
	(void) pages;
#endif
}

/* Raise an error unless the current user may read what the query reads. */
static inline void
ivm_compat_check_permissions(Query *query)
{
#if PG_VERSION_NUM >= 160000
	(void) ExecCheckPermissions(query->rtable, query->rteperminfos, true);
#else
	(void) ExecCheckRTPerms(query->rtable, true);
#endif
}

/* May the current user read what one level of a query reads? */
static inline bool
ivm_compat_permissions_ok(Query *query)
{
#if PG_VERSION_NUM >= 160000
	return ExecCheckPermissions(query->rtable, query->rteperminfos, false);
#else
	return ExecCheckRTPerms(query->rtable, false);
#endif
}

/* A range table entry that is not a relation any more needs no permissions. */
static inline void
ivm_compat_no_permissions(RangeTblEntry *rte)
{
#if PG_VERSION_NUM >= 160000
	rte->perminfoindex = 0;
#else
	rte->requiredPerms = 0;
	rte->checkAsUser = InvalidOid;
	rte->selectedCols = NULL;
#endif
}

/*
 * A relation copied from another query, where its permissions are checked, into
 * this one.  From 16 on, the rewriter wants an entry with permissions even so, and
 * the executor checks that entry: so it asks for the rights of a superuser.
 */
static inline void
ivm_compat_free_relation(Query *query, RangeTblEntry *rte)
{
	ivm_compat_no_permissions(rte);
#if PG_VERSION_NUM >= 160000
	{
		RTEPermissionInfo *info = addRTEPermissionInfo(&query->rteperminfos, rte);

		info->requiredPerms = ACL_SELECT;
		info->checkAsUser = BOOTSTRAP_SUPERUSERID;
	}
#else
	(void) query;
#endif
}

/* Vars for all columns of a range table entry, NULLs for dropped ones. */
static inline List *
ivm_compat_expand_rte(RangeTblEntry *rte, int rti)
{
	List	   *vars;

#if PG_VERSION_NUM >= 180000
	expandRTE(rte, rti, 0, VAR_RETURNING_DEFAULT, -1, true, NULL, &vars);
#else
	expandRTE(rte, rti, 0, -1, true, NULL, &vars);
#endif
	return vars;
}

/* Let a query made of parts of another one check the same permissions. */
static inline void
ivm_compat_copy_permissions(Query *query, Query *from)
{
#if PG_VERSION_NUM >= 160000
	query->rteperminfos = copyObject(from->rteperminfos);
#else
	(void) query;
	(void) from;
#endif
}

/*
 * The columns that a query reads of the n-th table in its range table, for
 * checks of privileges; or NULL, where it is none.
 */
static inline Bitmapset **
ivm_compat_selected_columns(Query *query, int n)
{
	RangeTblEntry *rte = rt_fetch(n, query->rtable);

#if PG_VERSION_NUM >= 160000
	if (rte->perminfoindex == 0)
		return NULL;
	return &getRTEPermissionInfo(query->rteperminfos, rte)->selectedCols;
#else
	return rte->rtekind == RTE_RELATION ? &rte->selectedCols : NULL;
#endif
}

/* Is it an operator of a btree operator family? */
static inline bool
ivm_compat_is_btree_operator(Oid opno)
{
#if PG_VERSION_NUM >= 180000
	return get_op_index_interpretation(opno) != NIL;
#else
	return get_op_btree_interpretation(opno) != NIL;
#endif
}

/* Has no row of the table, now, a NULL in this column? */
static inline bool
ivm_compat_is_not_null(Relation rel, AttrNumber attno)
{
#if PG_VERSION_NUM >= 180000
	return TupleDescCompactAttr(RelationGetDescr(rel), attno - 1)->attnullability == ATTNULLABLE_VALID;
#else
	return TupleDescAttr(RelationGetDescr(rel), attno - 1)->attnotnull;
#endif
}

/* Outer joins were made inner ones: the query's Vars are not made NULL by them any more. */
static inline Query *
ivm_compat_remove_nulling(Query *query, List *joins)
{
#if PG_VERSION_NUM >= 160000
	Bitmapset  *relids = NULL;
	ListCell   *lc;

	foreach(lc, joins)
		relids = bms_add_member(relids, lfirst_int(lc));
	return (Query *) remove_nulling_relids((Node *) query, relids, NULL);
#else
	(void) joins;
	return query;
#endif
}

/*
 * May outer joins make a Var NULL?  From 16 on it says so, and then ivm_compat_flatten_joins()
 * cannot replace a whole row of a join.
 */
static inline bool
ivm_compat_is_nullable(const Var *var)
{
#if PG_VERSION_NUM >= 160000
	return !bms_is_empty(var->varnullingrels);
#else
	(void) var;
	return false;
#endif
}

/* Replace Vars of joins by what they stand for. */
static inline Node *
ivm_compat_flatten_joins(Query *query, Node *node)
{
#if PG_VERSION_NUM >= 160000
	return flatten_join_alias_vars(NULL, query, node);
#else
	return flatten_join_alias_vars(query, node);
#endif
}

/*
 * Make a view's RTE a subquery with the query of its rule, as the rewriter
 * does.  The privileges to read the view are still checked: from 16 on the RTE
 * itself refers to them, before 16 the RTE of OLD in the rule takes them over.
 */
static inline void
ivm_compat_expand_view(RangeTblEntry *rte, Query *subquery, bool security_barrier)
{
#if PG_VERSION_NUM < 160000
	RangeTblEntry *old = rt_fetch(PRS2_OLD_VARNO, subquery->rtable);

	Assert(old->rtekind == RTE_RELATION);
	old->relid = rte->relid;
	old->requiredPerms = rte->requiredPerms;
	old->checkAsUser = rte->checkAsUser;
	old->selectedCols = rte->selectedCols;
	rte->relkind = 0;
	rte->rellockmode = 0;
	rte->requiredPerms = 0;
	rte->checkAsUser = InvalidOid;
	rte->selectedCols = NULL;
#endif
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = subquery;
	rte->security_barrier = security_barrier;
	rte->tablesample = NULL;
	rte->inh = false;
}

/* Whose rights count for a relation of a query; InvalidOid: the current user's. */
static inline Oid
ivm_compat_check_as_user(Query *query, RangeTblEntry *rte)
{
#if PG_VERSION_NUM >= 160000
	return rte->perminfoindex == 0 ? InvalidOid :
		getRTEPermissionInfo(query->rteperminfos, rte)->checkAsUser;
#else
	(void) query;
	return rte->checkAsUser;
#endif
}

/* The path of a relation's first file of a fork, given its row in pg_class; not of a temporary one. */
static inline char *
ivm_compat_relation_path(Form_pg_class form, ForkNumber fork)
{
	Oid			tablespace = OidIsValid(form->reltablespace) ? form->reltablespace : MyDatabaseTableSpace;

#if PG_VERSION_NUM >= 180000
	return pstrdup(GetRelationPath(MyDatabaseId, tablespace, form->relfilenode, INVALID_PROC_NUMBER, fork).str);
#elif PG_VERSION_NUM >= 170000
	return GetRelationPath(MyDatabaseId, tablespace, form->relfilenode, INVALID_PROC_NUMBER, fork);
#else
	return GetRelationPath(MyDatabaseId, tablespace, form->relfilenode, InvalidBackendId, fork);
#endif
}

/* Has this transaction, without what was rolled back, given a table's rows new storage? */
static inline bool
ivm_compat_has_new_storage(Relation rel)
{
#if PG_VERSION_NUM >= 160000
	return rel->rd_firstRelfilelocatorSubid != InvalidSubTransactionId;
#else
	return rel->rd_firstRelfilenodeSubid != InvalidSubTransactionId;
#endif
}

/*
 * Is a column NOT NULL, and are all rows known to be so?  Sets *xmin to the
 * transaction that made it so, or that has changed something about it since.
 */
static inline bool
ivm_compat_not_null_since(Oid relid, AttrNumber attno, TransactionId *xmin)
{
#if PG_VERSION_NUM >= 180000
	HeapTuple	tup = findNotNullConstraintAttnum(relid, attno);
	bool		result;

	if (!HeapTupleIsValid(tup))
		return false;
	result = ((Form_pg_constraint) GETSTRUCT(tup))->convalidated &&
		!((Form_pg_constraint) GETSTRUCT(tup))->connoinherit;
	*xmin = HeapTupleHeaderGetXmin(tup->t_data);
	heap_freetuple(tup);
#else
	HeapTuple	tup = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	bool		result;

	if (!HeapTupleIsValid(tup))
		return false;
	result = ((Form_pg_attribute) GETSTRUCT(tup))->attnotnull;
	*xmin = HeapTupleHeaderGetXmin(tup->t_data);
	ReleaseSysCache(tup);
#endif
	return result;
}

/*
 * An SQL-callable function.  Before 16, PG_FUNCTION_INFO_V1 leaves the
 * function itself hidden under -fvisibility=hidden.
 */
#define IVM_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

/*
 * JSON nodes that convert values without showing a function: constructors
 * (16), with the expressions that they print; query functions (17), with the
 * type that they read into.
 */
static inline bool
ivm_compat_json_constructor(Node *node, List **args)
{
#if PG_VERSION_NUM >= 160000
	if (IsA(node, JsonConstructorExpr))
	{
		*args = ((JsonConstructorExpr *) node)->args;
		return true;
	}
#else
	(void) node;
#endif
	*args = NIL;
	return false;
}

static inline bool
ivm_compat_json_query(Node *node, Oid *type)
{
#if PG_VERSION_NUM >= 170000
	if (IsA(node, JsonExpr))
	{
		*type = ((JsonExpr *) node)->returning->typid;
		return true;
	}
#else
	(void) node;
#endif
	*type = InvalidOid;
	return false;
}

/* The expressions that an RTE of 18 for GROUP BY stands for. */
static inline bool
ivm_compat_group_rte(RangeTblEntry *rte, List **exprs)
{
#if PG_VERSION_NUM >= 180000
	if (rte->rtekind == RTE_GROUP)
	{
		*exprs = rte->groupexprs;
		return true;
	}
#else
	(void) rte;
#endif
	*exprs = NIL;
	return false;
}

/* ALTER TABLE ... ALTER COLUMN ... SET EXPRESSION (17) */
static inline bool
ivm_compat_sets_expression(const AlterTableCmd *cmd)
{
#if PG_VERSION_NUM >= 170000
	return cmd->subtype == AT_SetExpression;
#else
	(void) cmd;
	return false;
#endif
}

/* The server's record of a setting, for settings.c; find_option() is not exported before 16. */
static inline struct config_generic *
ivm_compat_find_setting(const char *name)
{
#if PG_VERSION_NUM >= 160000
	return find_option(name, false, true, ERROR);
#else
	struct config_generic **settings = get_guc_variables();

	for (int i = 0; i < GetNumConfigOptions(); i++)
		if (pg_strcasecmp(settings[i]->name, name) == 0)
			return settings[i];
	return NULL;
#endif
}

/* To be called when session_timezone was set directly (18). */
static inline void
ivm_compat_timezone_changed(void)
{
#if PG_VERSION_NUM >= 180000
	ClearTimeZoneAbbrevCache();
#endif
}

/* The backend of a virtual transaction id; and this backend's own id. */
static inline int
ivm_compat_vxid_backend(VirtualTransactionId vxid)
{
#if PG_VERSION_NUM >= 170000
	return vxid.procNumber;
#else
	return vxid.backendId;
#endif
}

static inline VirtualTransactionId
ivm_compat_own_vxid(void)
{
	VirtualTransactionId result;

#if PG_VERSION_NUM >= 170000
	result.procNumber = MyProc->vxid.procNumber;
	result.localTransactionId = MyProc->vxid.lxid;
#else
	result.backendId = MyProc->backendId;
	result.localTransactionId = MyProc->lxid;
#endif
	return result;
}

#endif							/* IVM_COMPAT_H */

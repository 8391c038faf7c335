/*
 * fault.h - errors on request, where calls of the server may fail
 *
 * test/mutation/faults puts this file and fault.c into a copy of the sources,
 * and includes it after the headers of each file.  A call of one of the
 * functions below counts how often its place in the sources was passed, and
 * raises an error at the place and time that the setting ivm.fault names.
 * test/fuzz/faults.py says what for.
 */
#ifndef IVM_FAULT_H
#define IVM_FAULT_H

/* before the names below are macros; a file may include it later, as templates do */
#include "utils/memutils.h"

typedef struct IvmFaultSite
{
	const char *file;
	int			line;
	const char *call;
	int			passes;			/* since ivm.fault was set */
	bool		known;			/* in the list of all */
	struct IvmFaultSite *next;
} IvmFaultSite;

extern void ivm_fault_init(void);
extern void ivm_fault(IvmFaultSite *site);

#define IVM_FAULT(call) \
	({ static IvmFaultSite ivm_site = {__FILE__, __LINE__, call}; ivm_fault(&ivm_site); })

#undef CHECK_FOR_INTERRUPTS
#define CHECK_FOR_INTERRUPTS() \
	do { \
		IVM_FAULT("CHECK_FOR_INTERRUPTS"); \
		if (INTERRUPTS_PENDING_CONDITION()) \
			ProcessInterrupts(); \
	} while (0)

/* A name within its own expansion is the function. */
#define palloc(...) (IVM_FAULT("palloc"), palloc(__VA_ARGS__))
#define palloc0(...) (IVM_FAULT("palloc0"), palloc0(__VA_ARGS__))
#define repalloc(...) (IVM_FAULT("repalloc"), repalloc(__VA_ARGS__))
#define pstrdup(...) (IVM_FAULT("pstrdup"), pstrdup(__VA_ARGS__))
#define psprintf(...) (IVM_FAULT("psprintf"), psprintf(__VA_ARGS__))
#define MemoryContextAlloc(...) (IVM_FAULT("MemoryContextAlloc"), MemoryContextAlloc(__VA_ARGS__))
#define MemoryContextAllocZero(...) (IVM_FAULT("MemoryContextAllocZero"), MemoryContextAllocZero(__VA_ARGS__))
#define MemoryContextAllocExtended(...) (IVM_FAULT("MemoryContextAllocExtended"), MemoryContextAllocExtended(__VA_ARGS__))
#define AllocSetContextCreateInternal(...) (IVM_FAULT("AllocSetContextCreateInternal"), AllocSetContextCreateInternal(__VA_ARGS__))
#define lappend(...) (IVM_FAULT("lappend"), lappend(__VA_ARGS__))
#define lappend_oid(...) (IVM_FAULT("lappend_oid"), lappend_oid(__VA_ARGS__))
#define lappend_int(...) (IVM_FAULT("lappend_int"), lappend_int(__VA_ARGS__))
#define list_concat(...) (IVM_FAULT("list_concat"), list_concat(__VA_ARGS__))
#define copyObjectImpl(...) (IVM_FAULT("copyObjectImpl"), copyObjectImpl(__VA_ARGS__))
#define datumCopy(...) (IVM_FAULT("datumCopy"), datumCopy(__VA_ARGS__))
#define hash_create(...) (IVM_FAULT("hash_create"), hash_create(__VA_ARGS__))
#define hash_search(...) (IVM_FAULT("hash_search"), hash_search(__VA_ARGS__))
#define table_open(...) (IVM_FAULT("table_open"), table_open(__VA_ARGS__))
#define relation_open(...) (IVM_FAULT("relation_open"), relation_open(__VA_ARGS__))
#define index_open(...) (IVM_FAULT("index_open"), index_open(__VA_ARGS__))
#define try_table_open(...) (IVM_FAULT("try_table_open"), try_table_open(__VA_ARGS__))
#define try_relation_open(...) (IVM_FAULT("try_relation_open"), try_relation_open(__VA_ARGS__))
#define LockRelationOid(...) (IVM_FAULT("LockRelationOid"), LockRelationOid(__VA_ARGS__))
#define ConditionalLockRelationOid(...) (IVM_FAULT("ConditionalLockRelationOid"), ConditionalLockRelationOid(__VA_ARGS__))
#define LockAcquire(...) (IVM_FAULT("LockAcquire"), LockAcquire(__VA_ARGS__))
#define SearchSysCache1(...) (IVM_FAULT("SearchSysCache1"), SearchSysCache1(__VA_ARGS__))
#define SearchSysCache2(...) (IVM_FAULT("SearchSysCache2"), SearchSysCache2(__VA_ARGS__))
#define systable_beginscan(...) (IVM_FAULT("systable_beginscan"), systable_beginscan(__VA_ARGS__))
#define systable_getnext(...) (IVM_FAULT("systable_getnext"), systable_getnext(__VA_ARGS__))
#define table_beginscan(...) (IVM_FAULT("table_beginscan"), table_beginscan(__VA_ARGS__))
#define table_scan_getnextslot(...) (IVM_FAULT("table_scan_getnextslot"), table_scan_getnextslot(__VA_ARGS__))
#define index_getnext_slot(...) (IVM_FAULT("index_getnext_slot"), index_getnext_slot(__VA_ARGS__))
#define table_tuple_fetch_row_version(...) (IVM_FAULT("table_tuple_fetch_row_version"), table_tuple_fetch_row_version(__VA_ARGS__))
#define ReadBuffer(...) (IVM_FAULT("ReadBuffer"), ReadBuffer(__VA_ARGS__))
#define table_tuple_insert(...) (IVM_FAULT("table_tuple_insert"), table_tuple_insert(__VA_ARGS__))
#define index_insert(...) (IVM_FAULT("index_insert"), index_insert(__VA_ARGS__))
#define CatalogTupleInsert(...) (IVM_FAULT("CatalogTupleInsert"), CatalogTupleInsert(__VA_ARGS__))
#define CatalogTupleUpdate(...) (IVM_FAULT("CatalogTupleUpdate"), CatalogTupleUpdate(__VA_ARGS__))
#define CatalogTupleDelete(...) (IVM_FAULT("CatalogTupleDelete"), CatalogTupleDelete(__VA_ARGS__))
#define CommandCounterIncrement(...) (IVM_FAULT("CommandCounterIncrement"), CommandCounterIncrement(__VA_ARGS__))
#define performDeletion(...) (IVM_FAULT("performDeletion"), performDeletion(__VA_ARGS__))
#define recordDependencyOn(...) (IVM_FAULT("recordDependencyOn"), recordDependencyOn(__VA_ARGS__))
#define RegisterSnapshot(...) (IVM_FAULT("RegisterSnapshot"), RegisterSnapshot(__VA_ARGS__))
#define PushActiveSnapshot(...) (IVM_FAULT("PushActiveSnapshot"), PushActiveSnapshot(__VA_ARGS__))
#define GetLatestSnapshot(...) (IVM_FAULT("GetLatestSnapshot"), GetLatestSnapshot(__VA_ARGS__))
#define ExecutorStart(...) (IVM_FAULT("ExecutorStart"), ExecutorStart(__VA_ARGS__))
#define ExecutorFinish(...) (IVM_FAULT("ExecutorFinish"), ExecutorFinish(__VA_ARGS__))
#define ExecutorEnd(...) (IVM_FAULT("ExecutorEnd"), ExecutorEnd(__VA_ARGS__))
#define ExecProcNode(...) (IVM_FAULT("ExecProcNode"), ExecProcNode(__VA_ARGS__))
#define ExecInitNode(...) (IVM_FAULT("ExecInitNode"), ExecInitNode(__VA_ARGS__))
#define ExecInitExpr(...) (IVM_FAULT("ExecInitExpr"), ExecInitExpr(__VA_ARGS__))
#define ExecStoreMinimalTuple(...) (IVM_FAULT("ExecStoreMinimalTuple"), ExecStoreMinimalTuple(__VA_ARGS__))
#define ExecCopySlotMinimalTuple(...) (IVM_FAULT("ExecCopySlotMinimalTuple"), ExecCopySlotMinimalTuple(__VA_ARGS__))
#define heap_form_tuple(...) (IVM_FAULT("heap_form_tuple"), heap_form_tuple(__VA_ARGS__))
#define tuplestore_begin_heap(...) (IVM_FAULT("tuplestore_begin_heap"), tuplestore_begin_heap(__VA_ARGS__))
#define tuplestore_puttupleslot(...) (IVM_FAULT("tuplestore_puttupleslot"), tuplestore_puttupleslot(__VA_ARGS__))
#define tuplestore_gettupleslot(...) (IVM_FAULT("tuplestore_gettupleslot"), tuplestore_gettupleslot(__VA_ARGS__))
#define tuplesort_begin_heap(...) (IVM_FAULT("tuplesort_begin_heap"), tuplesort_begin_heap(__VA_ARGS__))
#define tuplesort_puttupleslot(...) (IVM_FAULT("tuplesort_puttupleslot"), tuplesort_puttupleslot(__VA_ARGS__))
#define tuplesort_performsort(...) (IVM_FAULT("tuplesort_performsort"), tuplesort_performsort(__VA_ARGS__))
#define SPI_connect(...) (IVM_FAULT("SPI_connect"), SPI_connect(__VA_ARGS__))
#define SPI_execute(...) (IVM_FAULT("SPI_execute"), SPI_execute(__VA_ARGS__))
#define SPI_execute_plan(...) (IVM_FAULT("SPI_execute_plan"), SPI_execute_plan(__VA_ARGS__))
#define pg_plan_query(...) (IVM_FAULT("pg_plan_query"), pg_plan_query(__VA_ARGS__))
#define BeginInternalSubTransaction(...) (IVM_FAULT("BeginInternalSubTransaction"), BeginInternalSubTransaction(__VA_ARGS__))
#define check_stack_depth(...) (IVM_FAULT("check_stack_depth"), check_stack_depth(__VA_ARGS__))
#define OidOutputFunctionCall(...) (IVM_FAULT("OidOutputFunctionCall"), OidOutputFunctionCall(__VA_ARGS__))
#define OidInputFunctionCall(...) (IVM_FAULT("OidInputFunctionCall"), OidInputFunctionCall(__VA_ARGS__))
#define FunctionCall1Coll(...) (IVM_FAULT("FunctionCall1Coll"), FunctionCall1Coll(__VA_ARGS__))
#define FunctionCall2Coll(...) (IVM_FAULT("FunctionCall2Coll"), FunctionCall2Coll(__VA_ARGS__))
#define DirectFunctionCall1Coll(...) (IVM_FAULT("DirectFunctionCall1Coll"), DirectFunctionCall1Coll(__VA_ARGS__))
#define DirectFunctionCall2Coll(...) (IVM_FAULT("DirectFunctionCall2Coll"), DirectFunctionCall2Coll(__VA_ARGS__))

#endif							/* IVM_FAULT_H */

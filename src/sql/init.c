/*-------------------------------------------------------------------------
 *
 * init.c
 *	  Loading the library.
 *
 * The library is loaded on demand: by the trigger functions in backends that
 * write base tables, and by the marker's support function (merge_path.c) in
 * backends that plan a query over a view.  Nothing depends on preloading; with it,
 * workers start with the server (launcher.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/compat.h"
#include "base/guc.h"
#include "plan/plan_cache.h"
#include "plan/table_plan.h"
#include "read/merge.h"
#include "sql/direct_capture.h"
#include "sql/launcher.h"
#include "sql/xact.h"

IVM_COMPAT_MODULE_MAGIC("ivm", IVM_VERSION);

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	ivm_guc_init();
	ivm_plan_cache_init();
	ivm_table_plan_init();
	ivm_xact_init();
	ivm_direct_capture_init();
	ivm_merge_init();
	ivm_launcher_register();
}

/*-------------------------------------------------------------------------
 *
 * ahead.c
 *	  Views whose stored rows are ahead of this transaction's snapshot.
 *
 * A view is filled or corrected under a snapshot taken after its writers were locked
 * out, so that it is exact for everybody once this transaction has committed.  In
 * REPEATABLE READ the transaction itself goes on with a snapshot that may be older, and
 * sees the rows that it has stored all the same, since they are its own.  So it must
 * not read them: it runs the definition until it ends, as other transactions do whose
 * snapshots are older than the row of ivm.view.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"

#include "plan/ahead.h"

static List *ahead = NIL;		/* ids of views */

void
ivm_ahead_note(int32 view_id)
{
	MemoryContext oldcxt;

	if (!IsolationUsesXactSnapshot())
		return;
	oldcxt = MemoryContextSwitchTo(TopTransactionContext);
	ahead = list_append_unique_int(ahead, view_id);
	MemoryContextSwitchTo(oldcxt);
}

bool
ivm_ahead_is(int32 view_id)
{
	return list_member_int(ahead, view_id);
}

void
ivm_ahead_reset(void)
{
	ahead = NIL;
}

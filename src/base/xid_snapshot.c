/*-------------------------------------------------------------------------
 *
 * xid_snapshot.c
 *	  What a snapshot sees, by transaction ids that do not wrap around.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "utils/fmgrprotos.h"

#include "base/xid_snapshot.h"

FullTransactionId
ivm_xid_snapshot_widen(TransactionId xid, FullTransactionId next)
{
	uint32		epoch = EpochFromFullTransactionId(next);

	if (!TransactionIdIsNormal(xid))
		return FullTransactionIdFromEpochAndXid(0, xid);
	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return FullTransactionIdFromEpochAndXid(epoch, xid);
}

static int
compare(const void *a, const void *b)
{
	FullTransactionId x = *(const FullTransactionId *) a;
	FullTransactionId y = *(const FullTransactionId *) b;

	return FullTransactionIdPrecedes(x, y) ? -1 : FullTransactionIdPrecedes(y, x);
}

/*
 * The server leaves a backend's own transaction out of its snapshots, though its id may
 * lie before xmax.
 */
IvmXidSnapshot *
ivm_xid_snapshot_make(Snapshot snapshot)
{
	FullTransactionId next = ReadNextFullTransactionId();
	TransactionId own = GetTopTransactionIdIfAny();
	IvmXidSnapshot *result = palloc(sizeof(IvmXidSnapshot));

	Assert(!snapshot->takenDuringRecovery);
	result->xmin = ivm_xid_snapshot_widen(snapshot->xmin, next);
	result->xmax = ivm_xid_snapshot_widen(snapshot->xmax, next);
	result->nxip = 0;
	result->xip = palloc(sizeof(FullTransactionId) * (snapshot->xcnt + 1));
	for (uint32 i = 0; i < snapshot->xcnt; i++)
		result->xip[result->nxip++] = ivm_xid_snapshot_widen(snapshot->xip[i], next);
	if (TransactionIdIsValid(own) && FullTransactionIdPrecedes(ivm_xid_snapshot_widen(own, next), result->xmax))
	{
		result->xip[result->nxip++] = ivm_xid_snapshot_widen(own, next);
		if (FullTransactionIdPrecedes(ivm_xid_snapshot_widen(own, next), result->xmin))
			result->xmin = ivm_xid_snapshot_widen(own, next);
	}
	qsort(result->xip, result->nxip, sizeof(FullTransactionId), compare);
	return result;
}

/* The one form of these values that the server gives to others is their text. */
IvmXidSnapshot *
ivm_xid_snapshot_from_datum(Datum value)
{
	const char *s = DatumGetCString(DirectFunctionCall1(pg_snapshot_out, value));
	IvmXidSnapshot *result = palloc(sizeof(IvmXidSnapshot));
	char	   *next;
	int			max = 1;

	for (const char *c = s; *c; c++)
		max += *c == ',';
	result->nxip = 0;
	result->xip = palloc(sizeof(FullTransactionId) * max);
	result->xmin = FullTransactionIdFromU64(strtou64(s, &next, 10));
	result->xmax = FullTransactionIdFromU64(strtou64(next + 1, &next, 10));
	while (*next != '\0' && next[1] != '\0')
		result->xip[result->nxip++] = FullTransactionIdFromU64(strtou64(next + 1, &next, 10));
	return result;
}

Datum
ivm_xid_snapshot_to_datum(const IvmXidSnapshot *snapshot)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, UINT64_FORMAT ":" UINT64_FORMAT ":",
					 U64FromFullTransactionId(snapshot->xmin),
					 U64FromFullTransactionId(snapshot->xmax));
	for (int i = 0; i < snapshot->nxip; i++)
		appendStringInfo(&buf, "%s" UINT64_FORMAT, i > 0 ? "," : "",
						 U64FromFullTransactionId(snapshot->xip[i]));
	return DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(buf.data));
}

bool
ivm_xid_snapshot_sees(const IvmXidSnapshot *snapshot, FullTransactionId xid)
{
	if (FullTransactionIdPrecedes(xid, snapshot->xmin))
		return true;
	if (!FullTransactionIdPrecedes(xid, snapshot->xmax))
		return false;
	return bsearch(&xid, snapshot->xip, snapshot->nxip, sizeof(FullTransactionId), compare) == NULL;
}

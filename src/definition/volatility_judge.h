/*-------------------------------------------------------------------------
 *
 * volatility_judge.h
 *	  A judgement under way, shared by the files that make it.
 *
 * Functions that return bool return true if they refused.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VOLATILITY_JUDGE_H
#define IVM_VOLATILITY_JUDGE_H

#include "nodes/primnodes.h"

#include "definition/volatility_rules.h"
#include "definition/volatility_verdict.h"

typedef struct IvmJudge
{
	IvmVolatility *verdict;
	List	   *queries;		/* enclosing queries, innermost first */
	Node	   *node;			/* whose functions are being judged */
	List	   *args;			/* its arguments */
} IvmJudge;

extern bool ivm_volatility_refuse(IvmJudge *cxt, const char *object, IvmFault fault);
extern void ivm_volatility_note(IvmJudge *cxt, int depends);
extern const char *ivm_volatility_judge_cast_name(Oid from, Oid to);
extern bool ivm_volatility_judge_unlisted(Oid funcid, IvmJudge *cxt);
extern List *ivm_volatility_judge_aggregate_args(Aggref *agg);
extern void ivm_volatility_note_function(IvmJudge *cxt, Oid funcid);

#endif							/* IVM_VOLATILITY_JUDGE_H */

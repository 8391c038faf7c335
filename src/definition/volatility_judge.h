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

#include "definition/volatility.h"
#include "definition/volatility_rules.h"

typedef struct IvmJudge
{
	IvmVolatility *verdict;
	List	   *queries;		/* enclosing queries, innermost first */
	Node	   *node;			/* whose functions are being judged */
	List	   *args;			/* its arguments */
} IvmJudge;

/* volatility.c: verdicts and functions */
extern bool ivm_judge_refuse(IvmJudge *cxt, const char *object, IvmFault fault);
extern void ivm_judge_note(IvmJudge *cxt, int depends);
extern const char *ivm_judge_cast_name(Oid from, Oid to);
extern bool ivm_judge_function(Oid funcid, IvmJudge *cxt);
extern bool ivm_judge_unlisted(Oid funcid, IvmJudge *cxt);
extern List *ivm_judge_aggregate_args(Aggref *agg);

/* volatility_text.c: conversions from and to text, or JSON */
extern bool ivm_judge_input(Oid typid, Node *source, IvmJudge *cxt);
extern bool ivm_judge_output(Node *expr, bool json, IvmJudge *cxt);
extern bool ivm_judge_output_list(List *exprs, bool json, IvmJudge *cxt);

#endif							/* IVM_VOLATILITY_JUDGE_H */

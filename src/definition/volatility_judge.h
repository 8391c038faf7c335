/*-------------------------------------------------------------------------
 *
 * volatility_judge.h
 *	  A judgement under way, shared by the files that make it.
 *
 * Functions that return bool return true if they refused: then verdict->ok is
 * false, and its words, in CurrentMemoryContext, say what and why.  None of them
 * raises an error for what it finds.
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

/* Refuse what cxt->node is, or calls; it is named to the user as object. */
extern bool ivm_volatility_refuse(IvmJudge *cxt, const char *object, IvmFault fault);

/* Note in the verdict what an accepted piece depends on (IVM_DEP_* flags). */
extern void ivm_volatility_note(IvmJudge *cxt, int depends);

/* A conversion, as it is shown to the user: "the cast from text to date". */
extern const char *ivm_volatility_judge_cast_name(Oid from, Oid to);

/* Judge a function that is not in the rules by its entry in pg_proc. */
extern bool ivm_volatility_judge_unlisted(Oid funcid, IvmJudge *cxt);

/* The expressions of an aggregate's arguments, as a new list. */
extern List *ivm_volatility_judge_aggregate_args(Aggref *agg);

/* Note a function that the definition calls, whatever is found of it. */
extern void ivm_volatility_note_function(IvmJudge *cxt, Oid funcid);

#endif							/* IVM_VOLATILITY_JUDGE_H */

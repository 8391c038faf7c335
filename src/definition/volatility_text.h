/*-------------------------------------------------------------------------
 *
 * volatility_text.h
 *	  Verdicts on functions by what they convert from and to text.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VOLATILITY_TEXT_H
#define IVM_VOLATILITY_TEXT_H

#include "definition/volatility_judge.h"

extern bool ivm_volatility_judge_function(Oid funcid, IvmJudge *cxt);

/* volatility_text.c: conversions from and to text, or JSON */
extern bool ivm_volatility_judge_input(Oid typid, Node *source, IvmJudge *cxt);
extern bool ivm_volatility_judge_output(Node *expr, bool json, IvmJudge *cxt);
extern bool ivm_volatility_judge_output_list(List *exprs, bool json, IvmJudge *cxt);

#endif							/* IVM_VOLATILITY_TEXT_H */

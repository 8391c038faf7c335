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

/* Judge a function called with the arguments in cxt: by the rules, then by pg_proc. */
extern bool ivm_volatility_judge_function(Oid funcid, IvmJudge *cxt);

/*
 * Judge the conversion of text to a type by its input function.  source is the text
 * if it is known, or NULL.
 */
extern bool ivm_volatility_judge_input(Oid typid, Node *source, IvmJudge *cxt);

/*
 * Judge the conversion of an expression's value to text, or to JSON.  Where its type is
 * record, which does not tell its columns, look for what it is made of.
 */
extern bool ivm_volatility_judge_output(Node *expr, bool json, IvmJudge *cxt);

/* Judge the conversion of values of several expressions to text, or to JSON. */
extern bool ivm_volatility_judge_output_list(List *exprs, bool json, IvmJudge *cxt);

#endif							/* IVM_VOLATILITY_TEXT_H */

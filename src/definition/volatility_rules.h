/*-------------------------------------------------------------------------
 *
 * volatility_rules.h
 *	  What is known of PostgreSQL's own functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VOLATILITY_RULES_H
#define IVM_VOLATILITY_RULES_H

#include "nodes/pg_list.h"

/* What a function depends on, or does that the catalog does not tell. */
#define IVM_DEP_SETTINGS	0x0001	/* on the cheap settings */
#define IVM_DEP_STRINGS		0x0002	/* on all settings */
#define IVM_DEP_OUTPUT		0x0004	/* prints its arguments */
#define IVM_DEP_JSON		0x0008	/* prints its arguments as JSON */
#define IVM_DEP_INPUT		0x0010	/* reads text into its first argument's
									 * type */
#define IVM_DEP_COLUMNS		0x0020	/* reads text into the columns asked for */
#define IVM_DEP_UNLISTED	0x0040	/* no rule: what the catalog says holds */

/* Why something is refused. */
typedef enum IvmFault
{
	IVM_FAULT_TIME,
	IVM_FAULT_SESSION,
	IVM_FAULT_SETTING,
	IVM_FAULT_RANDOM,
	IVM_FAULT_SEQUENCE,
	IVM_FAULT_BUILTIN,			/* PostgreSQL's own, for none of these reasons */
	IVM_FAULT_VOLATILE,			/* a user's function */
	IVM_FAULT_STABLE,
	IVM_FAULT_DATETIME_INPUT,
	IVM_FAULT_TIMETZ_INPUT,
	IVM_FAULT_RECORD,
	IVM_FAULT_SAMPLE
} IvmFault;

/* IVM_DEP_* flags of a function called with these arguments. */
extern int	ivm_volatility_rule(Oid funcid, List *args);

/* Why a built-in function of this name is refused. */
extern IvmFault ivm_volatility_fault(const char *proname);

/* Is expr text that gives the same date or time whenever it is read? */
extern bool ivm_volatility_is_plain_datetime(Node *expr);

#endif							/* IVM_VOLATILITY_RULES_H */

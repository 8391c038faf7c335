/*-------------------------------------------------------------------------
 *
 * derived.h
 *	  What a backend derives from the system catalogues, and what makes it
 *	  invalid.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_DERIVED_H
#define IVM_DERIVED_H

#include "lib/ilist.h"
#include "nodes/pg_list.h"

/*
 * The part that all derived things have in common; it lies within them and
 * stays where it is.  While registered it is linked with what it depends on.
 */
typedef struct IvmDerived
{
	bool		registered;
	bool		invalid;		/* derive it again; set when an invalidation is received */
	MemoryContext cxt;			/* of its dependencies; may be freed only after forgetting it */
	slist_head	dependencies;
	dlist_head	users;			/* dependencies on it */
	dlist_node	node;			/* in the list of invalid ones */
	void		(*release) (struct IvmDerived *derived);
} IvmDerived;

extern void ivm_derived_init(void);

/* Deriving: what is received from a position on is looked at when it ends. */
extern uint64 ivm_derived_position(void);
extern void ivm_derived_register(IvmDerived *derived, MemoryContext cxt,
								 void (*release) (IvmDerived *derived));
extern void ivm_derived_complete(IvmDerived *derived, uint64 position);
extern void ivm_derived_forget(IvmDerived *derived);

/* Dependencies; nothing is done for what is not registered. */
extern void ivm_derived_on(IvmDerived *derived, IvmDerived *other);
extern void ivm_derived_on_relation(IvmDerived *derived, Oid relid);
extern void ivm_derived_on_relations(IvmDerived *derived, List *relids);
extern void ivm_derived_on_functions(IvmDerived *derived, List *funcids);
extern void ivm_derived_on_role(IvmDerived *derived, Oid roleid);
extern void ivm_derived_on_items(IvmDerived *derived, List *items);

extern void ivm_derived_release_invalid(void);

#endif							/* IVM_DERIVED_H */
